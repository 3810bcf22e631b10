"""A password, and a certificate for a server on loopback."""

import subprocess

PASSWORD = "hunter2"
HASH_OF_PASSWORD = "$2y$04$abcdefghijklmnopqrstuuV3duMsC0HpUex6N9qapiuOHHWkwRXVm"


def make_certificate(place):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                    "-subj", "/CN=agent", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", place / "agent.key",
                    "-out", place / "agent.crt"], check=True, capture_output=True)
