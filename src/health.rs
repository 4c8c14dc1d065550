//! What state a source is in, what to do about it, and when trouble is an
//! incident.
//!
//! Pure: a report and the open incidents in, turns out. An incident is opened
//! by rule, changed when what is said of it changes, and closed when it is
//! well again; between opening and closing there is room (hysteresis), so
//! that nothing flaps.
//!
//! # Why not at the first failure
//! Servers restart, networks blink. A first failure changes the state that
//! `status` shows, and is asked about again; what lasts for three intervals
//! is news to an operator.

mod signs;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use self::signs::{Case, Sign};
use crate::model::{Incident, IncidentKind, Report, ServiceTrouble, SourceReport, SourceState};
use crate::text::span::between;

/// A source that was to be asked so long ago is late: a full house and an
/// outage take less (F-30).
const LATE: Duration = Duration::from_mins(30);

/// Trouble of the service is over when it was not met for so long.
const CALM: Duration = Duration::from_mins(2);

/// An incident says other words at most this often.
const SAID_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// A closed incident is shown for so long.
pub const SHOWN: SignedDuration = SignedDuration::from_hours(30 * 24);

/// What becomes of an incident: as it is then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It begins.
    Opens(Incident),
    /// It goes on, and something else is said of it.
    Changes(Incident),
    /// It is over.
    Closes(Incident),
}

/// What was lost of the database before a start, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Loss {
    /// What was stored since the backup that took its place.
    SinceBackup(String),
    /// All.
    All(String),
}

impl Turn {
    /// The incident as it is then.
    pub fn incident(&self) -> &Incident {
        match self {
            Self::Opens(incident) | Self::Changes(incident) | Self::Closes(incident) => incident,
        }
    }

    /// What happens to it, in a word.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Opens(_) => "opened",
            Self::Changes(_) => "changed",
            Self::Closes(_) => "closed",
        }
    }
}

/// Fills in what follows from the rest: the state of a source that is polled,
/// since when, and what to do about it.
pub fn diagnose(source: &mut SourceReport, now: Timestamp) {
    source.state = state(source, now);
    source.since = match source.state {
        SourceState::Gone => source.gone,
        SourceState::Late => source.next.as_ref().map(|next| next.at),
        SourceState::Silent => source.silent_from,
        SourceState::Moved => source.moved.as_ref().map(|moved| moved.since),
        SourceState::New | SourceState::Fine | SourceState::Off => None,
        _ => source.failing_since,
    };
    source.todo = todo(source);
}

fn state(source: &SourceReport, now: Timestamp) -> SourceState {
    if source.quarantine.is_some() {
        return SourceState::Quarantined;
    }
    if source.gone.is_some() {
        return SourceState::Gone;
    }
    match (source.failure.as_deref(), source.status) {
        (Some("breach"), _) => return SourceState::BrokenSelector,
        (Some("no_list"), _) => return SourceState::NoList,
        (Some("not_a_feed"), _) => return SourceState::NotAFeed,
        (Some("robots"), _) | (Some("status"), Some(401 | 402 | 403 | 429 | 451)) => {
            return SourceState::Blocked;
        }
        (Some(_), _) => return SourceState::Failing,
        (None, _) => {}
    }
    let overdue = source.next.as_ref().map(|next| between(next.at, now));
    if overdue >= Some(LATE) {
        SourceState::Late
    } else if source.last_ok.is_none() {
        SourceState::New
    } else if source.silent_from.is_some_and(|from| from <= now) {
        SourceState::Silent
    } else if source.moved.as_ref().is_some_and(|moved| moved.proven) {
        SourceState::Moved
    } else {
        SourceState::Fine
    }
}

/// What a person can do about a source.
fn todo(source: &SourceReport) -> Option<String> {
    let name = &source.source;
    let todo = match source.state {
        SourceState::New | SourceState::Fine | SourceState::Off => return None,
        SourceState::BrokenSelector => {
            "correct `select`: `scofeed try` its address tells what is found".to_owned()
        }
        SourceState::NoList => {
            "`scofeed add --dry-run` its address looks for a feed or a list; else set `enabled = false`"
                .to_owned()
        }
        SourceState::NotAFeed => {
            "`scofeed try` its home page: that names the feeds it has".to_owned()
        }
        SourceState::Blocked if source.failure.as_deref() == Some("robots") => {
            "its robots.txt must be readable and allow it: look for a feed, or set `enabled = false`"
                .to_owned()
        }
        SourceState::Blocked if source.status == Some(429) => {
            "it is asked too often: a longer `every`".to_owned()
        }
        SourceState::Blocked => {
            "it refuses programs, or this country: ask its publisher, or set `enabled = false`"
                .to_owned()
        }
        SourceState::Gone => {
            "`scofeed try` its home page: it may have another feed; else remove the source"
                .to_owned()
        }
        SourceState::Quarantined => {
            format!("look whether it is still the same outlet; if so, `scofeed accept {name}`")
        }
        SourceState::Late => "see whether the service runs: `systemctl status scofeed`".to_owned(),
        SourceState::Silent => {
            "look at its site: if it has news, its feed has stopped, and may have another address"
                .to_owned()
        }
        SourceState::Moved => {
            let moved = source.moved.as_ref()?;
            format!("write {} into feeds.toml", moved.to)
        }
        SourceState::Failing => failing(source).to_owned(),
    };
    Some(todo)
}

fn failing(source: &SourceReport) -> &'static str {
    match (source.failure.as_deref(), source.status) {
        (Some("dns"), _) => "if its site opens in a browser, see to the DNS of this machine",
        (Some("tls"), _) => "its certificate is not good; its publisher must mend it",
        (Some("refused"), _) => "its address leads into a private network; correct it",
        (Some("status"), Some(404 | 410)) => {
            "`scofeed try` its home page: that names the feeds it has"
        }
        (Some("unreadable" | "body" | "empty" | "too_large"), _) => {
            "`scofeed try` its address tells where it breaks; what can be read is published"
        }
        (Some("panicked" | "slow"), _) => "this is a fault of scofeed: please report it",
        _ => "nothing yet: it is asked again by itself",
    }
}

/// An incident of what a start found lost, which no report can tell.
pub fn loss(loss: Loss, now: Timestamp) -> Turn {
    let (kind, said, todo) = match loss {
        Loss::SinceBackup(said) => (
            IncidentKind::Restored,
            said,
            "every source is asked again by itself; `scofeed doctor` tells whether the disk is \
             sound, and what was moved aside can be removed",
        ),
        Loss::All(said) => (
            IncidentKind::Emptied,
            said,
            "if it was published, it can be brought back: stop the service, empty the data \
             directory, and `scofeed rebuild --from-published`",
        ),
    };
    Turn::Opens(Incident {
        scope: None,
        kind,
        opened: now,
        said,
        todo: todo.to_owned(),
        said_at: now,
        closed: None,
    })
}

/// What becomes of the incidents. Of those that are open and about the same
/// there is one at most.
pub fn turns(report: &Report, known: &[Incident], now: Timestamp) -> Vec<Turn> {
    let open: Vec<&Incident> = known.iter().filter(|i| i.closed.is_none()).collect();
    let cases = signs::of(report, known, now);
    let begun = cases.iter().filter_map(|case| {
        let known = open.iter().find(|incident| case.is_of(incident));
        match (known, case.sign) {
            (None, Sign::Trouble) => Some(Turn::Opens(case.incident(now))),
            (Some(incident), Sign::Trouble) => changed(incident, case, now).map(Turn::Changes),
            (Some(incident), Sign::Well) => Some(Turn::Closes(closed(incident, now))),
            (None, _) | (Some(_), Sign::Unclear) => None,
        }
    });
    // Its source was switched off or removed.
    let left = open
        .iter()
        .copied()
        .filter(|incident| !cases.iter().any(|case| case.is_of(incident)))
        .map(|incident| Turn::Closes(closed(incident, now)));
    begun.chain(left).collect()
}

fn changed(incident: &Incident, case: &Case<'_>, now: Timestamp) -> Option<Incident> {
    let is_other = incident.said != case.said || incident.todo != case.todo;
    // A configuration changes only when a person saves it.
    let is_time =
        incident.kind == IncidentKind::Config || now.duration_since(incident.said_at) >= SAID_AGAIN;
    (is_other && is_time).then(|| Incident {
        said: case.said.to_string(),
        todo: case.todo.to_owned(),
        said_at: now,
        ..incident.clone()
    })
}

fn closed(incident: &Incident, now: Timestamp) -> Incident {
    Incident {
        closed: Some(now.max(incident.opened)),
        ..incident.clone()
    }
}

/// Whether trouble of the service was not met for long enough to be over.
pub fn is_over(trouble: &ServiceTrouble, now: Timestamp) -> bool {
    between(trouble.last, now) >= CALM
}

/// Whether an incident is still to be shown.
pub fn is_shown(incident: &Incident, now: Timestamp) -> bool {
    let age = incident.closed.map(|closed| now.duration_since(closed));
    age.is_none_or(|age| age < SHOWN)
}

/// Takes a turn among the incidents that are known.
pub fn take(incidents: &mut Vec<Incident>, turn: &Turn) {
    let incident = turn.incident();
    let is_it = |known: &&mut Incident| known.is_like(incident) && known.opened == incident.opened;
    match incidents.iter_mut().find(is_it) {
        Some(known) => known.clone_from(incident),
        None => incidents.push(incident.clone()),
    }
}

#[cfg(test)]
mod tests;
