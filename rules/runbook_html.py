#!/usr/bin/env python3
"""Makes the runbook one HTML file that loads nothing: for Prometheus's consoles, where each alert's runbook_url leads.

  rules/runbook_html.py [--cmark PROGRAM] RUNBOOK.md PAGE.html

Prometheus runs what it serves there as a template of Go, so the page must not hold two opening braces in a row.
"""

import argparse
import html
import pathlib
import re
import subprocess
import sys

HEADING = re.compile(r"<h([12])>(.*?)</h\1>", re.DOTALL)
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<h1>{title}</h1>
<nav aria-label="Alerts">
{contents}</nav>
<main>
{body}</main>
</body>
</html>
"""
STYLE = """:root { color-scheme: light dark; --ink: #1c2128; --soft: #555e69; --paper: #f8f7f4; --card: #ffffff; --line: #dcd9d2;
  --link: #14508c; --mark: #a3201c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --soft: #a9b2bc; --paper: #131619; --card: #1b1f24; --line: #343a42;
  --link: #8cbcf2; --mark: #ff958c; } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 78rem; padding: 1.5rem; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
h1, h2, h3 { line-height: 1.2; }
h1 { margin: 0 0 1.5rem; }
h2 { margin: 3rem 0 1rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { margin: 2.5rem 0 .5rem; }
h3:target { color: var(--mark); }
h3:target::before { content: "▸ "; }
a { color: var(--link); text-underline-offset: .15em; }
h3 a { color: inherit; text-decoration: none; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: .2rem; }
code { overflow-wrap: anywhere; font: .86em/1.4 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
pre { margin: .8rem 0; padding: .8rem 1rem; overflow-x: auto; background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
pre code { overflow-wrap: normal; }
nav { font-size: .88rem; }
nav p { margin: 1rem 0 .2rem; color: var(--soft); }
nav ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
main > p:first-child { margin-top: 1rem; }
@media (min-width: 62rem) { body { display: grid; grid-template-columns: 17rem minmax(0, 50rem); column-gap: 3rem; }
  h1 { grid-column: 1 / -1; } nav ul { display: block; }
  nav { position: sticky; top: 1.5rem; align-self: start; max-height: calc(100vh - 3rem); overflow-y: auto; } }
@media print { nav { display: none; } body { display: block; max-width: none; padding: 0; background: none; }
  pre { white-space: pre-wrap; } h2, h3 { break-after: avoid; } pre, p { break-inside: avoid; } a { color: inherit; } }
"""


def anchor(heading):
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def page(markdown, cmark="cmark"):
    """The first heading names the page; those of its level begin a part, those below it are alerts."""
    body = subprocess.run([cmark, "--to", "html"], input=markdown, capture_output=True, check=True, text=True).stdout
    title, contents = "", []

    def heading(found):
        nonlocal title
        level, text = found[1], found[2]
        if not title:
            title = text
            return ""
        name = anchor(html.unescape(text))
        if level == "1":
            contents.append(f'</ul>\n<p>{text}</p>\n<ul>\n')
            return f'<h2 id="{name}">{text}</h2>'
        contents.append(f'<li><a href="#{name}">{text.removeprefix("Purposewatch")}</a></li>\n')
        return f'<h3 id="{name}"><a href="#{name}">{text}</a></h3>'
    body = HEADING.sub(heading, body)
    made = PAGE.format(title=title, style=STYLE, body=body,
                       contents="".join(contents).removeprefix("</ul>\n") + "</ul>\n")
    if "{{" in made:
        raise ValueError("two opening braces in a row: Prometheus would take them for a template")
    return made


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cmark", default="cmark", help="the program that reads Markdown")
    parser.add_argument("runbook", type=pathlib.Path)
    parser.add_argument("page", type=pathlib.Path)
    arguments = parser.parse_args()
    try:
        arguments.page.write_text(page(arguments.runbook.read_text(encoding="utf-8"), arguments.cmark), encoding="utf-8")
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"runbook_html.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
