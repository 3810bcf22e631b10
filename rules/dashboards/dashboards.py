"""The dashboards, for all hosts and for one: generate.py makes JSON of them. In a query, `@` stands for the chosen hosts."""

from grafana import (BAD_FROM_ONE, GOOD, GOOD_FROM_ONE, LITTLE_IS_BAD, MUCH_IS_ODD, ODD_FROM_ONE, SEVERITIES, YES_OR_NO, Bars,
                     Column, Dashboard, Graph, Stack, Stat, Table, Timeline, annotation, choice, link)

FLEET, HOST = "purposewatch-fleet", "purposewatch-host"
THE_HOST = f"/d/{HOST}?var-datasource=${{datasource}}&var-instance=${{__value.raw}}&${{__url_time_range}}"
THREATS = {"misuse": "red", "alteration": "orange", "loss": "purple"}
STATES = {1: ("all", "green"), 0: ("not all", "red")}
NEVER = {0: ("never", "text")}
RELOADS = annotation("Policy reloaded", "blue",
                     "changes(purposewatch_config_last_reload_success_timestamp_seconds{@}[$__rate_interval]) > 0", "{{instance}}")
JOB = choice("job", "Job", "label_values(purposewatch_build_info, job)")
ALL_HOSTS = choice("instance", "Host", 'label_values(up{job=~"$job"}, instance)')
ONE_HOST = choice("instance", "Host", 'label_values(up{job=~"$job"}, instance)', is_one=True)


def per_hour(metric, *labels):
    """How many more of a counter in an hour, at the pace of that moment."""
    return f"sum by ({', '.join(labels)}) (rate({metric}[$__rate_interval])) * 3600"


def open_now(severity):
    """Of each host that has an open incident, how many there are of that severity."""
    return (f'sum by (instance) (purposewatch_open_incidents{{@, severity="{severity}"}})'
            " and on (instance) sum by (instance) (purposewatch_open_incidents{@}) > 0")


def incidents_by_severity(width):
    return Stack(title="Open incidents by severity", about="Incidents that nobody has reviewed yet. `purposewatch review` on the host lists them.",
                 unit="short", queries={"{{severity}}": "sum by (severity) (purposewatch_open_incidents{@})"}, colours=SEVERITIES, width=width)


def incidents_by_threat(width):
    return Stack(title="Open incidents by threat", about="What the open incidents threaten: data read without a purpose, changed, or lost. One incident may be several.",
                 unit="short", queries={"{{threat}}": "sum by (threat) (purposewatch_open_threats{@})"}, colours=THREATS, width=width)


def open_incidents(width):
    return Stat(title="Open incidents", about="Incidents that nobody has reviewed yet, by severity.", unit="short", width=width, height=4,
                queries={"{{severity}}": "sum by (severity) (purposewatch_open_incidents{@})"}, colours=SEVERITIES)


def flagged(by, width):
    return Stack(title=f"Flagged per hour, by {by}", about=f"Accesses to client data that no purpose of the policy covers, by {by}.",
                 unit="short", queries={f"{{{{{by}}}}}": per_hour("purposewatch_flagged_total{@}", by)}, width=width)


def permitted(by):
    return Stack(title=f"Permitted, by {by}", about=f"Accesses that the policy permits, by {by}: what the host does for its clients.",
                 unit="cps", queries={f"{{{{{by}}}}}": f"sum by ({by}) (rate(purposewatch_accesses_total{{@}}[$__rate_interval]))"})


def lost(width):
    return Graph(title="Events lost per hour, by stage", about="Events that were lost on the way from the kernel to the evidence. It should be 0 all the time.",
                 unit="short", queries={"{{stage}}": per_hour("purposewatch_events_lost_total{@}", "stage")}, width=width)


def safeguards(width):
    """What agents tell once they check safeguards and follow what has been read."""
    return [
        Stat(title="Safeguards violated", about="Conditions that the policy promises and that do not hold. Empty while no agent checks any.",
             unit="none", queries={"violated": "sum(purposewatch_safeguard_ok{@} == bool 0)"}, thresholds=BAD_FROM_ONE, width=width, height=4),
        Stat(title="Safeguards unknown", about="Conditions that could not be checked. Empty while no agent checks any.", unit="none",
             queries={"unknown": "sum(purposewatch_safeguard_unknown{@})"}, thresholds=ODD_FROM_ONE, width=width, height=4),
    ]


NOW_OF_ALL = [
    Stat(title="Hosts that answer", about="Agents that Prometheus could scrape at its last try.", unit="none", thresholds=GOOD,
         queries={"answer": "sum(up{@} == bool 1)"}, width=3, height=4),
    Stat(title="Hosts that are silent", about="Agents that could not be scraped. Nobody knows what happens there.", unit="none",
         queries={"silent": "sum(up{@} == bool 0)"}, thresholds=BAD_FROM_ONE, width=3, height=4),
    Stat(title="Hosts with a blind spot", about="Agents with a hook that is not attached: they miss accesses of its kind.", unit="none",
         queries={"blind": "sum((min by (instance) (purposewatch_hook_up{@})) == bool 0)"}, thresholds=BAD_FROM_ONE, width=3, height=4),
    open_incidents(6),
    Stat(title="Events lost, last hour", about="Events that were lost between the kernel and the evidence.", unit="short",
         queries={"lost": "sum(increase(purposewatch_events_lost_total{@}[1h]))"}, thresholds=BAD_FROM_ONE, width=3, height=4),
    Stat(title="Evidence not writable", about="Hosts whose evidence cannot be written: records wait in memory, as far as they fit.", unit="none",
         queries={"hosts": "sum(purposewatch_evidence_writable{@} == bool 0)"}, thresholds=BAD_FROM_ONE, width=3, height=4),
    Stat(title="Policies refused", about="Hosts that refused the policy offered last, and go on with the one before.", unit="none",
         queries={"hosts": "sum(purposewatch_config_last_reload_successful{@} == bool 0)"}, thresholds=ODD_FROM_ONE, width=3, height=4),
]
INCIDENTS_OF_ALL = [
    Table(title="Hosts with open incidents", about="The worst first. A click on the host opens its own dashboard.", width=8,
          labels={"instance": "Host"}, links={"Host": THE_HOST},
          columns={"Critical": Column(query=open_now("critical"), thresholds=BAD_FROM_ONE),
                   "Warning": Column(query=open_now("warning"), thresholds=ODD_FROM_ONE),
                   "Notice": Column(query=open_now("notice"))}),
    incidents_by_severity(8),
    incidents_by_threat(8),
]
FLAGGED_OF_ALL = [
    flagged("store", 9),
    flagged("reason", 9),
    Bars(title="Hosts with the most flagged accesses", about="In the time that the dashboard shows; ten at most.", unit="short", width=6,
         queries={"{{instance}}": "topk(10, sum by (instance) (increase(purposewatch_flagged_total{@}[$__range])))"}),
]
HOSTS_OF_ALL = [
    Table(title="Every host", about="One line for each agent. A click on the host opens its own dashboard.", width=24, height=10,
          labels={"instance": "Host"}, links={"Host": THE_HOST},
          columns={"Open incidents": Column(query="sum by (instance) (purposewatch_open_incidents{@})", thresholds=BAD_FROM_ONE),
                   "Answers": Column(query="min by (instance) (up{@})", values=YES_OR_NO),
                   "Hooks up": Column(query="min by (instance) (purposewatch_hook_up{@})", values=STATES),
                   "Flagged, 24 h": Column(query="sum by (instance) (increase(purposewatch_flagged_total{@}[24h]))", unit="short"),
                   "Lost, 24 h": Column(query="sum by (instance) (increase(purposewatch_events_lost_total{@}[24h]))", unit="short",
                                        thresholds=BAD_FROM_ONE),
                   "Evidence written": Column(query="min by (instance) (purposewatch_evidence_writable{@})", values=YES_OR_NO),
                   "Room for it": Column(query="min by (instance) (purposewatch_evidence_filesystem_avail_bytes{@}"
                                               " / purposewatch_evidence_filesystem_size_bytes{@})",
                                         unit="percentunit", thresholds=LITTLE_IS_BAD),
                   "Last policy taken": Column(query="min by (instance) (purposewatch_config_last_reload_successful{@})", values=YES_OR_NO),
                   "Grants to review": Column(query="sum by (instance) (purposewatch_grants_unreviewed{@})", thresholds=ODD_FROM_ONE),
                   "Watching since": Column(query="max by (instance) (process_start_time_seconds{@}) * 1000", unit="dateTimeFromNow")}),
]
VERSIONS_OF_ALL = [
    Table(title="Policies in force", about="More than one line: some hosts have another policy, or an older one.", width=10,
          labels={"name": "Policy", "version": "Version", "digest": "Digest"},
          columns={"Hosts": Column(query="count by (name, version, digest) (purposewatch_policy_info{@})")}),
    Table(title="Agents by version", about="More than one line: some hosts run another version.", width=6,
          labels={"version": "Version", "revision": "Revision"},
          columns={"Hosts": Column(query="count by (version, revision) (purposewatch_build_info{@})")}),
    lost(8),
]
SAFEGUARDS_OF_ALL = [
    *safeguards(4),
    Table(title="Violated safeguards", about="What the policy promises and does not hold, by host. Empty while no agent checks any.", width=8,
          labels={"instance": "Host", "safeguard": "Safeguard", "kind": "Kind", "clause": "Clause"}, links={"Host": THE_HOST},
          columns={"Count": Column(query="count by (instance, safeguard, kind, clause) (purposewatch_safeguard_ok{@} == 0)")}),
    Graph(title="Disclosures flagged per hour", about="Client data that left the host, or was copied, without a permit that names where it went.", unit="short",
          queries={"{{store}} {{kind}}": per_hour('purposewatch_disclosures_total{@, verdict="flagged"}', "store", "kind")}),
]

NOW_OF_ONE = [
    Stat(title="Answers", about="Whether Prometheus could scrape the agent at its last try.", unit="none", values=YES_OR_NO,
         queries={"answers": "min(up{@})"}, thresholds=GOOD_FROM_ONE, width=2, height=4),
    Stat(title="Hooks up", about="Whether every hook is attached in the kernel. A hook that is not means accesses that are not seen.", unit="none",
         queries={"hooks": "min(purposewatch_hook_up{@})"}, values=STATES, thresholds=GOOD_FROM_ONE, width=2, height=4),
    open_incidents(6),
    Stat(title="Last flagged", about="When an access was last flagged.", unit="dateTimeFromNow", values=NEVER, width=3, height=4,
         queries={"last": "max(purposewatch_last_flagged_timestamp_seconds{@}) * 1000"}),
    Stat(title="Events lost", about="Events that were lost since the agent started. It should be 0.", unit="short", width=2, height=4,
         queries={"lost": "sum(purposewatch_events_lost_total{@})"}, thresholds=BAD_FROM_ONE),
    Stat(title="Evidence written", about="Whether records get onto the disk; else they wait in memory, as far as they fit.", unit="none",
         queries={"evidence": "min(purposewatch_evidence_writable{@})"}, values=YES_OR_NO, thresholds=GOOD_FROM_ONE, width=3, height=4),
    Stat(title="Last policy taken", about="Whether the policy that was offered last is in force. The agent's log says why not.", unit="none",
         queries={"policy": "min(purposewatch_config_last_reload_successful{@})"}, values=YES_OR_NO, thresholds=GOOD_FROM_ONE, width=3, height=4),
    Stat(title="Watching since", about="When the agent started.", unit="dateTimeFromNow", width=3, height=4,
         queries={"since": "max(process_start_time_seconds{@}) * 1000"}),
]
INCIDENTS_OF_ONE = [
    Table(title="Stores", about="Open incidents by severity, accesses that were flagged, ever, and when the last one was.", width=10,
          labels={"store": "Store"},
          columns={"Critical": Column(query='sum by (store) (purposewatch_open_incidents{@, severity="critical"})', thresholds=BAD_FROM_ONE),
                   "Warning": Column(query='sum by (store) (purposewatch_open_incidents{@, severity="warning"})', thresholds=ODD_FROM_ONE),
                   "Notice": Column(query='sum by (store) (purposewatch_open_incidents{@, severity="notice"})'),
                   "Flagged": Column(query="sum by (store) (purposewatch_flagged_total{@})", unit="short"),
                   "Last": Column(query="max by (store) (purposewatch_last_flagged_timestamp_seconds{@}) * 1000", unit="dateTimeFromNow",
                                  values=NEVER)}),
    incidents_by_severity(7),
    incidents_by_threat(7),
]
FLAGGED_OF_ONE = [
    flagged("store", 8),
    flagged("reason", 8),
    flagged("access", 8),
]
PERMITTED_OF_ONE = [
    permitted("purpose"),
    permitted("service"),
    Graph(title="Refused by the kernel, per hour", about="Opens of client data that file permissions forbade. These are no accesses, but somebody tried.",
          unit="short", queries={"refused": "sum(rate(purposewatch_denied_opens_total{@}[$__rate_interval])) * 3600"}),
]
GRANTS_OF_ONE = [
    Stack(title="Active grants, by purpose", about="What persons and services may do for a while, with a reference and an end.", unit="short",
          queries={"{{purpose}}": "sum by (purpose) (purposewatch_grants_active{@})"}, width=8),
    Table(title="Grants", about="By purpose: how many hold, when the first of them ends, and which break-glass grants nobody has reviewed.", width=8,
          labels={"purpose": "Purpose"},
          columns={"To review": Column(query="sum by (purpose) (purposewatch_grants_unreviewed{@})", thresholds=ODD_FROM_ONE),
                   "Active": Column(query="sum by (purpose) (purposewatch_grants_active{@})"),
                   "First ends": Column(query="min by (purpose) (purposewatch_grant_expiry_timestamp_seconds{@} > 0) * 1000",
                                        unit="dateTimeFromNow")}),
    Graph(title="Alerts brought, per hour", about="What the agent itself posts to Alertmanagers (--alertmanager.url). Empty when it is not asked to.", unit="short",
          queries={"{{result}}": per_hour("purposewatch_alert_deliveries_total{@}", "result")}, width=8,
          colours={"success": "green", "failure": "red"}),
]
SENSES_OF_ONE = [
    Timeline(title="Each hook over time", about="A line for each hook. Red: it was not attached, and what it sees was not seen.", unit="none",
             queries={"{{hook}}": "min by (hook) (purposewatch_hook_up{@})"}, values={1: ("up", "green"), 0: ("down", "red")}, width=8, height=10),
    Table(title="Since a hook last fired", about="Some hooks fire only when somebody tries; those that never did are left out.", width=6, height=10,
          labels={"hook": "Hook"}, columns={"Age": Column(unit="s", query="time() - max by (hook) (purposewatch_hook_fired_timestamp_seconds{@} > 0)")}),
    Graph(title="Accesses that went up", about="What the kernel could not permit by itself was sent up to be judged; what is delivered was told, or permitted late.",
          unit="cps", queries={"seen": "sum(rate(purposewatch_events_seen_total{@}[$__rate_interval]))",
                               "delivered": "sum(rate(purposewatch_events_delivered_total{@}[$__rate_interval]))"}, width=5, height=10),
    lost(5),
]
EVIDENCE_OF_ONE = [
    Graph(title="Records", about="Records of evidence that got onto the disk.", unit="cps", width=6,
          queries={"records": "sum(rate(purposewatch_evidence_records_total{@}[$__rate_interval]))"}),
    Graph(title="Time to sync", about="How long it takes until a batch of records is on the disk: the median, and 99 of 100.", unit="s", width=6,
          queries={f"p{q}": f"histogram_quantile(0.{q}, sum by (le) (rate(purposewatch_evidence_sync_seconds_bucket{{@}}[$__rate_interval])))"
                   for q in (50, 99)}),
    Graph(title="Room for the evidence", about="Bytes that its file system still has free.", unit="bytes", width=6,
          queries={"free": "min(purposewatch_evidence_filesystem_avail_bytes{@})"}),
    Timeline(title="Evidence written over time", about="Red: records could not be written, and waited in memory.", unit="none", values=YES_OR_NO, width=6,
             queries={"evidence": "min(purposewatch_evidence_writable{@})"}),
]
AGENT_OF_ONE = [
    Graph(title="CPU of the agent", about="User and system time in user space; 100 % is one CPU.", unit="percentunit", width=6,
          queries={"agent": "sum(rate(process_cpu_seconds_total{@}[$__rate_interval]))"}),
    Graph(title="Time in kernel programs", about="The five busiest; 0 unless kernel.bpf_stats_enabled is set, which costs time itself.", unit="percentunit", width=6,
          queries={"{{program}}": "topk(5, sum by (program) (rate(purposewatch_bpf_run_seconds_total{@}[$__rate_interval])))"}),
    Graph(title="Memory of the agent", about="What it has resident, and what waits for it in the ring.", unit="bytes", width=4,
          queries={"resident": "sum(process_resident_memory_bytes{@})", "in the ring": "sum(purposewatch_ring_used_bytes{@})"}),
    Graph(title="Open files", about="Of those that the agent may have open.", unit="percentunit", thresholds=MUCH_IS_ODD, width=4,
          queries={"open": "max(process_open_fds{@} / process_max_fds{@})"}),
    Graph(title="Kernel tables", about="How full those are that have room to spare; the others are made as large as the policy needs them.", unit="percentunit", width=4,
          queries={"{{map}}": "max by (map) (purposewatch_map_entries{@} / (purposewatch_map_capacity{@} > purposewatch_map_entries{@}))"}),
]
SAFEGUARDS_OF_ONE = [
    *safeguards(3),
    Stat(title="Canary", about="How long ago every hook that the agent can make fire did so last: it tries each half minute.", unit="s", width=3, height=4,
         queries={"age": "time() - min(purposewatch_canary_success_timestamp_seconds{@})"}, thresholds=[("green", None), ("red", 120)]),
    Timeline(title="Safeguards", about="What the policy promises. Red: it did not hold. Empty while agents check none.", unit="none", values=YES_OR_NO, width=8,
             queries={"{{safeguard}}": "min by (safeguard) (purposewatch_safeguard_ok{@})"}),
    Graph(title="Disclosures per hour", about="Client data that left the host or was copied: permitted, and not.", unit="short", width=7,
          queries={"{{store}} {{kind}} {{verdict}}": per_hour("purposewatch_disclosures_total{@}", "store", "kind", "verdict")}),
]

DASHBOARDS = [
    Dashboard(uid=FLEET, title="purposewatch: all hosts", about="Which hosts need a person: client data that was touched without a purpose, and agents that do not see.",
              choices=[JOB, ALL_HOSTS], annotations=[RELOADS], links=[link("One host", HOST)],
              rows={"Now": NOW_OF_ALL, "Incidents": INCIDENTS_OF_ALL, "Flagged accesses": FLAGGED_OF_ALL, "Hosts": HOSTS_OF_ALL,
                    "Versions and losses": VERSIONS_OF_ALL, "Safeguards and disclosures": SAFEGUARDS_OF_ALL}),
    Dashboard(uid=HOST, title="purposewatch: one host", about="What happened to client data on a host, and how its agent is.",
              choices=[JOB, ONE_HOST], annotations=[RELOADS], links=[link("All hosts", FLEET)],
              rows={"Now": NOW_OF_ONE, "Incidents": INCIDENTS_OF_ONE, "Flagged accesses": FLAGGED_OF_ONE, "Permitted accesses": PERMITTED_OF_ONE,
                    "Grants and paging": GRANTS_OF_ONE, "What the agent sees": SENSES_OF_ONE, "Evidence": EVIDENCE_OF_ONE,
                    "The agent itself": AGENT_OF_ONE, "Safeguards, canary and disclosures": SAFEGUARDS_OF_ONE}),
]
