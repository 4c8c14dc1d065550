//! The report as OpenMetrics text (O-02 to O-04).
//!
//! The label of a source is its name, never an address; a source has at most
//! eight series, whatever happens to it.

use std::fmt::{self, Write as _};

use jiff::Timestamp;

use crate::model::{BOUNDS, Durations, Report, ServiceTrouble, SourceReport, SourceState};

/// The media type of OpenMetrics 1.0.
pub const METRICS_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What was answered over HTTP, for the metrics: by route and status.
pub type Traffic = std::collections::BTreeMap<(&'static str, u16), u64>;

/// The process itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Process {
    /// Resident memory in bytes.
    pub resident: u64,
    /// Processor time in milliseconds.
    pub cpu_ms: u64,
    /// Open files.
    pub files: u64,
}

/// The report and what was served, as a scraper reads it.
pub fn metrics(report: &Report, traffic: &Traffic, process: Process) -> String {
    let mut out = Metrics::default();
    // Writing to memory cannot fail.
    if out.all(report, traffic, process).is_err() {
        return String::new();
    }
    out.text.push_str("# EOF\n");
    out.text
}

/// A figure of a source, if there is one.
type Of<'o> = &'o dyn Fn(&SourceReport) -> Option<i64>;

fn verdicts(all: u64, keep: u64, near: u64) -> [(&'static str, u64); 3] {
    let drop = all.saturating_sub(keep + near);
    [("keep", keep), ("near", near), ("drop", drop)]
}

#[derive(Debug, Default)]
struct Metrics {
    text: String,
}

impl Metrics {
    fn all(&mut self, report: &Report, traffic: &Traffic, process: Process) -> fmt::Result {
        self.fetches(report)?;
        self.sources(report)?;
        self.publishing(report)?;
        self.service(report)?;
        self.served(traffic)?;
        self.family("build", "info", "The program")?;
        let version = env!("CARGO_PKG_VERSION");
        writeln!(self.text, "scofeed_build_info{{version=\"{version}\"}} 1")?;
        if let Some(since) = report.service.since {
            self.text
                .push_str("# TYPE process_start_time_seconds gauge\n");
            let since = since.as_second();
            writeln!(self.text, "process_start_time_seconds {since}")?;
        }
        self.process(process)
    }

    fn fetches(&mut self, report: &Report) -> fmt::Result {
        let counters = &report.service.counters;
        self.family("fetches", "counter", "Polls by what came of them")?;
        for (outcome, n) in &counters.polls {
            self.counted("fetches", &format!("outcome=\"{outcome}\""), *n)?;
        }
        self.family("looks", "counter", "Article pages read, by what came of it")?;
        for (outcome, n) in &counters.looks {
            self.counted("looks", &format!("outcome=\"{outcome}\""), *n)?;
        }
        self.family("conditional_requests", "counter", "Polls with validators")?;
        for (result, n) in &counters.conditional {
            self.counted("conditional_requests", &format!("result=\"{result}\""), *n)?;
        }
        self.family(
            "blocked",
            "counter",
            "Answers and addresses that we refused",
        )?;
        for reason in ["refused", "redirect", "robots", "too_large"] {
            let n = counters.polls.get(reason).copied().unwrap_or(0)
                + counters.looks.get(reason).copied().unwrap_or(0);
            self.counted("blocked", &format!("reason=\"{reason}\""), n)?;
        }
        let help = "Bytes of bodies, as they came and decompressed";
        self.family("fetch_bytes", "counter", help)?;
        for (kind, n) in [("wire", counters.bytes), ("decoded", counters.decoded)] {
            self.counted("fetch_bytes", &format!("kind=\"{kind}\""), n)?;
        }
        let help = "From asking to having judged";
        self.durations("fetch_duration_seconds", help, &counters.fetch)?;
        let help = "Items never seen before, by their first verdict";
        self.family("items", "counter", help)?;
        let (all, keep, near) = (counters.items, counters.kept, counters.near);
        for (verdict, n) in verdicts(all, keep, near) {
            self.counted("items", &format!("verdict=\"{verdict}\""), n)?;
        }
        self.family(
            "stories_entered",
            "counter",
            "Stories that entered the edition",
        )?;
        self.counted("stories_entered", "", counters.stories)
    }

    fn sources(&mut self, report: &Report) -> fmt::Result {
        let seconds = |moment: Option<Timestamp>| moment.map(Timestamp::as_second);
        self.family(
            "source_state",
            "gauge",
            "1 for the state that a source is in",
        )?;
        for source in &report.sources {
            let state = source.state.as_str().replace(' ', "-");
            let (name, text) = (&source.source, &mut self.text);
            writeln!(
                text,
                "scofeed_source_state{{source=\"{name}\",state=\"{state}\"}} 1"
            )?;
        }
        let gauges: [(&str, &str, Of<'_>); 5] = [
            (
                "source_last_success_timestamp_seconds",
                "When a source was last read well; 0 if it never was",
                &|source| seconds(source.last_ok).or(Some(0)),
            ),
            (
                "source_newest_item_timestamp_seconds",
                "When the newest item of a source appeared",
                &|source| seconds(source.newest),
            ),
            (
                "source_next_poll_timestamp_seconds",
                "When a source is asked next",
                &|source| seconds(source.next.as_ref().map(|next| next.at)),
            ),
            (
                "source_interval_seconds",
                "The usual interval of a source",
                &|source| i64::try_from(source.every.as_secs()).ok(),
            ),
            ("source_failures", "Failures in a row", &|source| {
                Some(source.tries.into())
            }),
        ];
        for (name, help, of) in gauges {
            self.family(name, "gauge", help)?;
            for source in report.polled() {
                if let Some(value) = of(source) {
                    self.value(name, &format!("source=\"{}\"", source.source), value)?;
                }
            }
        }
        let waiting = |source: &&SourceReport| matches!(source.status, Some(429 | 503));
        let waiting = report.polled().filter(waiting).count();
        self.gauge(
            "retry_after_active",
            "Sources whose last answer was 429 or 503",
            waiting,
        )?;
        let held = |source: &&SourceReport| source.state == SourceState::Quarantined;
        let held = report.polled().filter(held).count();
        self.gauge("sources_quarantined", "Sources that wait for a word", held)?;
        let sum = |of: fn(&SourceReport) -> u64| report.sources.iter().map(of).sum::<u64>();
        let help = "Items about the topic that wait for a word";
        self.gauge("quarantine_items", help, sum(|s| s.quarantined))?;
        let help = "Items that are remembered, by verdict";
        self.family("remembered_items", "gauge", help)?;
        let (all, keep, near) = (sum(|s| s.items), sum(|s| s.kept), sum(|s| s.near));
        for (verdict, n) in verdicts(all, keep, near) {
            self.value("remembered_items", &format!("verdict=\"{verdict}\""), n)?;
        }
        Ok(())
    }

    fn publishing(&mut self, report: &Report) -> fmt::Result {
        let (service, counters) = (&report.service, &report.service.counters);
        if let Some(at) = service.published {
            let help = "When the present edition was built";
            self.gauge("publish_last_timestamp_seconds", help, at.as_second())?;
        }
        if let Some(at) = report.newest {
            let help = "When the newest story entered";
            self.gauge("newest_story_timestamp_seconds", help, at.as_second())?;
        }
        self.gauge("stories", "Stories that are published", report.stories)?;
        let help = "Building an edition and writing its files";
        self.durations("publish_duration_seconds", help, &counters.build)?;
        let help = "From the settlement of an answer to its edition";
        self.durations("detect_to_publish_seconds", help, &counters.publish)
    }

    fn service(&mut self, report: &Report) -> fmt::Result {
        let service = &report.service;
        self.gauge("db_bytes", "The size of the database", report.ledger.bytes)?;
        let help = "One transaction of answers";
        self.durations("db_commit_seconds", help, &service.counters.commit)?;
        if let Some(disk) = service.disk {
            self.gauge("disk_free_bytes", "Room for the data", disk.free)?;
            self.gauge("disk_size_bytes", "The file system of the data", disk.size)?;
        }
        let is_well = |trouble: &Option<ServiceTrouble>| i64::from(trouble.is_none());
        let help = "1 if feeds.toml on disk is the one that runs";
        self.gauge("config_ok", help, is_well(&service.config))?;
        let help = "1 if the database can be read and written";
        self.gauge("db_ok", help, is_well(&service.database))?;
        if let Some(at) = service.configured {
            let help = "When the configuration in force was loaded";
            self.gauge("config_last_reload_timestamp_seconds", help, at.as_second())?;
        }
        let help = "Incidents that are open";
        self.gauge("incidents_open", help, report.open().count())?;
        let help = "When these figures were made";
        self.gauge("report_timestamp_seconds", help, report.at.as_second())
    }

    fn served(&mut self, traffic: &Traffic) -> fmt::Result {
        self.family("http_requests", "counter", "Requests answered")?;
        for ((route, code), n) in traffic {
            self.counted(
                "http_requests",
                &format!("route=\"{route}\",code=\"{code}\""),
                *n,
            )?;
        }
        let all: u64 = traffic.values().sum();
        let known = traffic.iter().filter(|((_, code), _)| *code == 304);
        let known: u64 = known.map(|(_, n)| n).sum();
        self.family(
            "http_not_modified_ratio",
            "gauge",
            "Share of 304 among the answers",
        )?;
        let thousandths = (known * 1000).checked_div(all).unwrap_or(0);
        let ratio = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
        self.value("http_not_modified_ratio", "", ratio)
    }

    fn process(&mut self, process: Process) -> fmt::Result {
        let Process {
            resident,
            cpu_ms,
            files,
        } = process;
        self.text
            .push_str("# TYPE process_resident_memory_bytes gauge\n");
        writeln!(self.text, "process_resident_memory_bytes {resident}")?;
        self.text.push_str("# TYPE process_cpu_seconds counter\n");
        let (whole, part) = (cpu_ms / 1000, cpu_ms % 1000);
        writeln!(self.text, "process_cpu_seconds_total {whole}.{part:03}")?;
        self.text.push_str("# TYPE process_open_fds gauge\n");
        writeln!(self.text, "process_open_fds {files}")
    }

    fn family(&mut self, name: &str, kind: &str, help: &str) -> fmt::Result {
        writeln!(self.text, "# TYPE scofeed_{name} {kind}")?;
        writeln!(self.text, "# HELP scofeed_{name} {help}")
    }

    fn value(&mut self, name: &str, labels: &str, value: impl fmt::Display) -> fmt::Result {
        match labels {
            "" => writeln!(self.text, "scofeed_{name} {value}"),
            labels => writeln!(self.text, "scofeed_{name}{{{labels}}} {value}"),
        }
    }

    fn counted(&mut self, name: &str, labels: &str, value: u64) -> fmt::Result {
        self.value(&format!("{name}_total"), labels, value)
    }

    fn gauge(&mut self, name: &str, help: &str, value: impl fmt::Display) -> fmt::Result {
        self.family(name, "gauge", help)?;
        self.value(name, "", value)
    }

    fn durations(&mut self, name: &str, help: &str, durations: &Durations) -> fmt::Result {
        self.family(name, "histogram", help)?;
        let bucket = format!("{name}_bucket");
        let mut within = 0;
        for (bound, n) in BOUNDS.iter().zip(durations.within) {
            within += n;
            let (whole, part) = (bound / 1000, bound % 1000);
            self.value(&bucket, &format!("le=\"{whole}.{part:03}\""), within)?;
        }
        self.value(&bucket, "le=\"+Inf\"", durations.count)?;
        self.value(&format!("{name}_count"), "", durations.count)?;
        let sum = durations.sum;
        let sum = format!("{}.{:03}", sum.as_secs(), sum.subsec_millis());
        self.value(&format!("{name}_sum"), "", sum)
    }
}
