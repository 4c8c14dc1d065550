//! The rules: for each incident that there can be, whether things speak for
//! it now, against it, or neither.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;

use super::{between, is_over};
use crate::model::{
    Disk, Incident, IncidentKind, Report, ServiceTrouble, SourceKey, SourceReport, SourceState,
};

/// A document that held nothing known is an incident for so long, and a
/// database that was lost.
const LOST_FOR: Duration = Duration::from_hours(24);

/// Sources that a network outage is told from at least.
const MANY: usize = 3;

/// The room that is little on any disk, and on a small one, as a share.
const LITTLE: u64 = 1 << 30;
const SHARE: u64 = 20;

/// Good polls in a row after which a source is well.
const WELL: u32 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sign {
    Trouble,
    /// Neither: what is open stays open, what is closed stays closed.
    Unclear,
    Well,
}

impl Sign {
    fn of(is_trouble: bool, is_well: bool) -> Self {
        match (is_trouble, is_well) {
            (true, _) => Self::Trouble,
            (false, true) => Self::Well,
            (false, false) => Self::Unclear,
        }
    }
}

/// One incident that there can be.
#[derive(Debug)]
pub(super) struct Case<'a> {
    scope: Option<&'a SourceKey>,
    kind: IncidentKind,
    pub(super) sign: Sign,
    pub(super) said: Cow<'a, str>,
    pub(super) todo: &'a str,
}

impl Case<'_> {
    pub(super) fn is_of(&self, incident: &Incident) -> bool {
        self.kind == incident.kind && self.scope == incident.scope.as_ref()
    }

    pub(super) fn incident(&self, now: Timestamp) -> Incident {
        Incident {
            scope: self.scope.cloned(),
            kind: self.kind,
            opened: now,
            said: self.said.to_string(),
            todo: self.todo.to_owned(),
            said_at: now,
            closed: None,
        }
    }
}

/// Every incident that is open or begins, and how things stand with it.
pub(super) fn of<'a>(report: &'a Report, known: &'a [Incident], now: Timestamp) -> Vec<Case<'a>> {
    let network = network(report);
    let outage = outage(&network, known, now);
    let mut cases = service(report, now);
    cases.push(network);
    cases.extend(losses(report, known, now));
    let since = report.service.since;
    let open = known.iter().filter(|incident| incident.closed.is_none());
    let troubled: BTreeSet<&SourceKey> = open.filter_map(|i| i.scope.as_ref()).collect();
    for source in report.polled() {
        let is_troubled = troubled.contains(&source.source);
        let of_source = of_source(source, since, outage, now).into_iter();
        cases.extend(of_source.filter(|case| is_troubled || case.sign == Sign::Trouble));
    }
    cases
}

/// Until when the last outage of the network lasted, if there was one: to the
/// end of time while it does. What failed until then says nothing of a source.
fn outage(network: &Case<'_>, known: &[Incident], now: Timestamp) -> Option<Timestamp> {
    let known = known.iter().filter(|incident| network.is_of(incident));
    let last = known.max_by_key(|incident| incident.opened);
    let is_open = last.is_some_and(|incident| incident.closed.is_none());
    match (network.sign, is_open) {
        (Sign::Trouble, _) | (Sign::Unclear, true) => Some(Timestamp::MAX),
        (Sign::Well, true) => Some(now),
        (Sign::Unclear | Sign::Well, false) => last?.closed,
    }
}

/// What a start found lost is told until it is made up for: by a backup when
/// every source was asked again, so that what it still shows is stored; by
/// nothing a day later.
fn losses<'a>(report: &'a Report, known: &'a [Incident], now: Timestamp) -> Vec<Case<'a>> {
    let is_to_ask = |since: Timestamp| {
        let asked = |source: &SourceReport| source.last_ok.max(source.failed_at) > Some(since);
        report
            .polled()
            .any(|source| !asked(source) && source.gone.is_none())
    };
    let open = known.iter().filter(|incident| incident.closed.is_none());
    open.filter_map(|incident| {
        let is_told = match incident.kind {
            IncidentKind::Restored => is_to_ask(incident.opened),
            IncidentKind::Emptied => between(incident.opened, now) < LOST_FOR,
            _ => return None,
        };
        Some(Case {
            scope: None,
            kind: incident.kind,
            sign: Sign::of(is_told, true),
            said: (&*incident.said).into(),
            todo: &incident.todo,
        })
    })
    .collect()
}

fn of_source(
    source: &SourceReport,
    running: Option<Timestamp>,
    outage: Option<Timestamp>,
    now: Timestamp,
) -> [Case<'_>; 6] {
    let case = |kind, sign, said| Case {
        scope: Some(&source.source),
        kind,
        sign,
        said: Cow::Borrowed(said),
        todo: source.todo.as_deref().unwrap_or_default(),
    };
    let wrong = source.wrong.as_deref().unwrap_or_default();
    let is_breach = matches!(
        source.state,
        SourceState::BrokenSelector | SourceState::NoList
    );
    let is_gone = source.state == SourceState::Gone;
    let is_quarantined = source.state == SourceState::Quarantined;
    let is_failing = source.failure.is_some() && !is_gone && !is_quarantined;
    let is_well = source.well >= WELL && !source.state.is_trouble();
    // The first failure comes an interval after the last success.
    let lasts = |since: Timestamp| between(since, now) >= source.every * 2;
    let lasting = source.failing_since.is_some_and(lasts);
    // Whether we ask at all is known only of the time that we run.
    let due = source.next.as_ref().map(|next| next.at);
    let unasked = due.zip(running).map(|(due, running)| due.max(running));
    let unasked = source.state == SourceState::Late && unasked.is_some_and(lasts);

    let failing = is_failing && !is_breach && lasting;
    let by_outage =
        is_unreachable(source) && outage.is_some_and(|end| source.failed_at <= Some(end));
    let no_success = match (failing && by_outage, unasked) {
        (true, _) => Sign::Unclear,
        (false, unasked) => Sign::of(failing || unasked, is_well || is_gone || is_breach),
    };
    let breach = is_breach && (source.tries >= 2 || lasting);
    let is_quiet = source.silent_from.is_some_and(|from| from <= now);
    let silent = Sign::of(source.state == SourceState::Silent, !is_quiet || is_gone);
    let lost = source.missed_at.filter(|at| between(*at, now) < LOST_FOR);
    [
        case(
            IncidentKind::NoSuccess,
            no_success,
            if unasked {
                "it was not asked when it was due"
            } else {
                wrong
            },
        ),
        case(
            IncidentKind::Breach,
            Sign::of(breach, is_well || is_gone),
            wrong,
        ),
        case(IncidentKind::Gone, Sign::of(is_gone, !is_gone), wrong),
        Case {
            said: silence(source, silent),
            todo: "look at its site: if it has news, its feed has stopped, and may have another \
                   address",
            ..case(IncidentKind::Silent, silent, "")
        },
        Case {
            todo: "a shorter `every`, or \"auto\", lets its documents overlap",
            ..case(
                IncidentKind::LostItems,
                Sign::of(lost.is_some(), lost.is_none()),
                "its document held nothing that was known: what stood between is lost",
            )
        },
        case(
            IncidentKind::Quarantined,
            Sign::of(is_quarantined, !is_quarantined),
            source.quarantine.as_deref().unwrap_or_default(),
        ),
    ]
}

fn silence(source: &SourceReport, sign: Sign) -> Cow<'static, str> {
    match source.newest.filter(|_| sign == Sign::Trouble) {
        Some(newest) => {
            format!("nothing new since {newest:.0}: it was never quiet for so long").into()
        }
        None => "nothing new for longer than ever".into(),
    }
}

fn is_unreachable(source: &SourceReport) -> bool {
    matches!(
        source.failure.as_deref(),
        Some("dns" | "connect" | "timeout")
    )
}

/// One outage is one incident, however many sources it takes.
fn network(report: &Report) -> Case<'static> {
    let all = report
        .polled()
        .filter(|source| source.state != SourceState::New);
    let all = all.count();
    let lost = report
        .polled()
        .filter(|source| is_unreachable(source))
        .count();
    Case {
        scope: None,
        kind: IncidentKind::Network,
        sign: Sign::of(
            all >= MANY && lost * 4 >= all * 3,
            lost * 2 < all || all < MANY,
        ),
        said: "three of four sources, or more, cannot be resolved or connected to".into(),
        todo: "see to this machine's network and DNS: `scofeed doctor` tells what fails",
    }
}

fn service(report: &Report, now: Timestamp) -> Vec<Case<'_>> {
    let service = &report.service;
    let lasting = |kind, trouble, todo| lasting(kind, trouble, todo, now);
    let mut cases = vec![
        lasting(
            IncidentKind::Database,
            service.database.as_ref(),
            "see to disk space and permissions of the data directory: `scofeed doctor` tells what \
             fails; readers keep the last edition meanwhile",
        ),
        lasting(
            IncidentKind::Files,
            service.files.as_ref(),
            "see to disk space and permissions of `[publish] directory`: `scofeed doctor` tells \
             what fails",
        ),
        Case {
            sign: Sign::of(service.backup.is_some(), true),
            ..lasting(
                IncidentKind::Backup,
                service.backup.as_ref(),
                "see to disk space and permissions of `backups` in the data directory",
            )
        },
        Case {
            sign: Sign::of(service.config.is_some(), true),
            ..lasting(
                IncidentKind::Config,
                service.config.as_ref(),
                "mend feeds.toml, `scofeed check` tells how; what runs is the last good configuration",
            )
        },
    ];
    cases.extend(service.disk.map(disk));
    cases
}

fn lasting<'a>(
    kind: IncidentKind,
    trouble: Option<&'a ServiceTrouble>,
    todo: &'a str,
    now: Timestamp,
) -> Case<'a> {
    let is_trouble = trouble.is_some_and(|trouble| !is_over(trouble, now));
    Case {
        scope: None,
        kind,
        sign: Sign::of(is_trouble, true),
        said: trouble.map_or("", |trouble| &trouble.said).into(),
        todo,
    }
}

/// Less than a twentieth and less than a gigabyte; over when it is twice that.
fn disk(disk: Disk) -> Case<'static> {
    let little = (disk.size / SHARE).min(LITTLE);
    Case {
        scope: None,
        kind: IncidentKind::Disk,
        sign: Sign::of(disk.free < little, disk.free >= little * 2),
        said: format!(
            "less than {} MiB are free on the file system of the data directory",
            (little >> 20).max(1)
        )
        .into(),
        todo: "make room, or move the data directory: when the disk is full nothing new is stored",
    }
}
