//! One poll, in three parts: claim, bring, settle.
//!
//! `claim` commits the promise. `bring` asks, reads and judges: many at once
//! and no database. `settle` recalls, joins, schedules and commits: one at a
//! time and no network. The due time stands before the request does, so a
//! process that dies in between asks nobody twice (law 6).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::config::{Config, Source};
use crate::fetch::{Accept, Ask, Fetch};
use crate::model::{
    Answer, Cost, Errand, Failure, Fetched, Head, Joined, Judged, Outcome, Read, SourceKey,
    Standing, Target, Validators, Verdict, Withheld,
};
use crate::store::{
    ClaimRow, ItemRow, KnownItem, Settling, SourceMemory, SourceSettlement, Store, StoreError,
    Written,
};
use crate::story::{self, Window};
use crate::text::{fold, plain};
use crate::{parse, schedule, topic};

/// Errands under way at once, over all hosts (C-15).
pub const SLOTS: usize = 64;

/// The promised due times: a cache of what is committed.
pub type Agenda = BTreeMap<SourceKey, Timestamp>;

/// Chooses the due sources whose hosts are free, commits the promise for
/// each, and deals their errands. `busy` are the hosts with a request under
/// way; a host gets one errand at a time (C-14).
pub fn claim(
    store: &mut Store,
    agenda: &mut Agenda,
    config: &Config,
    busy: &HashSet<String>,
    slots: usize,
    now: Timestamp,
) -> Result<Vec<Errand>, StoreError> {
    let due: Vec<&Source> = config
        .sources
        .values()
        .filter(|source| source.enabled)
        .filter(|source| agenda.get(&source.key).is_none_or(|due| *due <= now))
        .collect();
    if due.is_empty() || slots == 0 {
        return Ok(Vec::new());
    }
    let resting = store.resting_hosts(now)?;
    let mut taken: HashSet<String> = HashSet::new();
    let mut chosen = Vec::new();
    for source in due {
        if let Some(host) = host_that_counts(source)
            && (busy.contains(&host) || resting.contains(&host) || !taken.insert(host))
        {
            continue;
        }
        let memory = store.memory(&source.key)?;
        let trouble = memory.as_ref().map(|m| m.trouble).unwrap_or_default();
        let due = schedule::promise(source.pace, &source.key, trouble, now);
        let epoch = source.epoch();
        chosen.push((source, memory, due, epoch));
        if chosen.len() == slots {
            break;
        }
    }
    let rows: Vec<ClaimRow<'_>> = chosen
        .iter()
        .map(|(source, _, due, epoch)| ClaimRow {
            source: &source.key,
            epoch,
            due,
        })
        .collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    store.claim(&rows, now)?;
    let errands = chosen.into_iter().map(|(source, memory, due, epoch)| {
        agenda.insert(source.key.clone(), due.at);
        let validators = memory
            .filter(|memory| memory.epoch == epoch)
            .map(|memory| memory.validators);
        Errand::Poll {
            source: source.key.clone(),
            validators: validators.unwrap_or_default(),
        }
    });
    Ok(errands.collect())
}

/// The host whose politeness an errand of this source uses up; `None` for
/// loopback, where nobody needs it (C-14).
pub fn host_that_counts(source: &Source) -> Option<String> {
    let url = source.target.url();
    (!url.is_loopback()).then(|| url.host_key())
}

/// Asks, reads and judges. What goes wrong is the answer, not an error.
pub async fn bring(
    errand: Errand,
    config: Arc<Config>,
    fetch: Arc<Fetch>,
    now: Timestamp,
) -> Answer {
    let started = Instant::now();
    let outcome = match config.sources.get(errand.source()) {
        Some(source) => ask(&errand, source, &fetch, now).await,
        None => Outcome::Failed(Failure::Refused(
            "the source is no longer configured".into(),
        )),
    };
    let bytes = head_of(&outcome).map_or(0, |head| head.wire_bytes);
    Answer {
        errand,
        outcome,
        cost: Cost {
            took: started.elapsed(),
            bytes,
        },
    }
}

async fn ask(errand: &Errand, source: &Source, fetch: &Fetch, now: Timestamp) -> Outcome {
    let Errand::Poll { validators, .. } = errand;
    let ask = Ask {
        url: source.target.url(),
        validators,
        accept: match source.target {
            Target::Feed(_) => Accept::Feed,
            Target::Page(_) => Accept::Page,
        },
        allow_private: source.allow_private,
    };
    match fetch.get(ask).await {
        Err(failure) => Outcome::Failed(failure),
        Ok(Fetched::Unchanged(head)) => Outcome::Unchanged(head),
        Ok(Fetched::Document(mut head, body)) => {
            let hash = blake3::hash(&body).as_bytes().to_vec();
            let unchanged = validators.body.as_ref() == Some(&hash);
            head.validators.body = Some(hash);
            if unchanged {
                return Outcome::Unchanged(head);
            }
            read(source.clone(), head, body, now).await
        }
    }
}

/// Parsing and judging is work, so it leaves the async threads alone.
async fn read(source: Source, head: Head, body: Vec<u8>, now: Timestamp) -> Outcome {
    let work = tokio::task::spawn_blocking(move || {
        let parsed = parse::document(&source.recipe, &head, &body, now)?;
        Ok(Read {
            judged: parsed
                .items
                .into_iter()
                .map(|item| {
                    let (verdict, reasons) = topic::judge(&source.rules, &item);
                    Judged {
                        item,
                        verdict,
                        reasons,
                    }
                })
                .collect(),
            skipped: parsed.skipped,
            breach: parsed.breach,
            partial: parsed.partial,
            head: Head {
                hints: crate::model::Hints {
                    document: parsed.interval,
                    ..head.hints
                },
                ..head
            },
        })
    });
    match work.await {
        Ok(Ok(read)) => Outcome::Read(Box::new(read)),
        Ok(Err(failure)) => Outcome::Failed(failure),
        Err(panic) => Outcome::Failed(Failure::Panicked(panic.to_string())),
    }
}

/// What came of one source's errand, for the log.
#[derive(Clone, Debug)]
pub struct Told {
    /// The source.
    pub source: SourceKey,
    /// What is wrong now, in words.
    pub wrong: Option<String>,
    /// Whether it was in trouble before.
    pub was_failing: bool,
    /// Items in the document; `None` if nothing new came.
    pub items: Option<u64>,
    /// Of these, about the topic.
    pub kept: u64,
    /// What was written.
    pub written: Written,
    /// The next poll.
    pub due: crate::model::Due,
}

/// What a settlement did.
#[derive(Debug, Default)]
pub struct Settled {
    /// The answers that are stored.
    pub told: Vec<Told>,
    /// The answers that could not be stored and were undone, each by itself.
    /// The window then holds more than the store and must be loaded again.
    pub undone: Vec<(SourceKey, StoreError)>,
}

/// Settles the answers that have arrived, in one transaction, ordered by
/// source name, then item date, then item key (law 1). `Err` is for a store
/// that cannot be used: nothing was committed.
pub fn settle(
    store: &mut Store,
    window: &mut Window,
    agenda: &mut Agenda,
    config: &Config,
    mut answers: Vec<Answer>,
    now: Timestamp,
) -> Result<Settled, StoreError> {
    answers.sort_by(|a, b| a.errand.source().cmp(b.errand.source()));
    window.forget(now);
    let mut settling = store.begin(now)?;
    let mut settled = Settled::default();
    for answer in answers {
        let Some(source) = config.sources.get(answer.errand.source()) else {
            continue;
        };
        match settle_one(&mut settling, window, source, answer, now) {
            Ok(told) => settled.told.push(told),
            Err(error) => settled.undone.push((source.key.clone(), error)),
        }
    }
    settling.commit()?;
    for told in &settled.told {
        agenda.insert(told.source.clone(), told.due.at);
    }
    Ok(settled)
}

fn settle_one(
    settling: &mut Settling<'_>,
    window: &mut Window,
    source: &Source,
    mut answer: Answer,
    now: Timestamp,
) -> Result<Told, StoreError> {
    settling.one(|writing| {
        let memory = writing.memory(&source.key)?;
        let trouble = memory.as_ref().map(|m| m.trouble).unwrap_or_default();
        let due = schedule::next(source.pace, &source.key, trouble, &answer.outcome, now);
        if let Some(until) = schedule::host_rests(&answer.outcome, now) {
            writing.rest_host(&source.target.url().host_key(), until)?;
        }
        let mut written = Written::default();
        let mut items = None;
        let mut kept = 0;
        let first = memory
            .as_ref()
            .is_none_or(|memory| memory.last_ok.is_none());
        if let Outcome::Read(read) = &mut answer.outcome {
            read.judged.sort_by(|a, b| {
                let date = |judged: &Judged| judged.item.stated.unwrap_or(now);
                (date(a), &a.item.key).cmp(&(date(b), &b.item.key))
            });
            items = Some(read.judged.len() as u64);
            kept = read
                .judged
                .iter()
                .filter(|j| j.verdict == Verdict::Keep)
                .count() as u64;
            let mut recalled =
                writing.recall(&source.key, read.judged.iter().map(|judged| &judged.item))?;
            let keeps = read
                .judged
                .iter()
                .filter(|judged| judged.verdict == Verdict::Keep)
                .map(|judged| &judged.item);
            let joined = story::join(window, &mut recalled.known, &source.key, keeps, now);
            let rows = rows(&read.judged, &joined, &recalled.items, source, first);
            written = writing.items(&source.key, &source.rules.generation(), &rows)?;
        }
        let (failure, skipped) = match &answer.outcome {
            Outcome::Unchanged(_) => (None, None),
            Outcome::Failed(failure) => (Some((failure.kind(), failure.to_string())), None),
            Outcome::Read(read) => {
                let breach = read.breach.clone().map(Failure::Breach);
                let damage = read.partial.clone().map(Failure::Unreadable);
                let failure = breach.or(damage).map(|f| (f.kind(), f.to_string()));
                (failure, Some(read.skipped.as_slice()))
            }
        };
        let validators = validators(&answer.outcome, memory.as_ref());
        let settlement = SourceSettlement {
            source: &source.key,
            due: &due,
            failure,
            validators: validators.as_ref(),
            skipped,
            status: status(&answer.outcome),
            cost: answer.cost,
            items: items.unwrap_or(0),
            kept,
        };
        writing.source(&settlement, written.new)?;
        Ok(Told {
            source: source.key.clone(),
            wrong: settlement.failure.map(|(_, said)| said),
            was_failing: trouble.tries > 0,
            items,
            kept,
            written,
            due,
        })
    })
}

/// Puts verdicts, stories and what was known side by side.
fn rows<'a>(
    judged: &'a [Judged],
    joined: &'a [Joined],
    known: &'a HashMap<crate::model::ItemKey, KnownItem>,
    source: &Source,
    first: bool,
) -> Vec<ItemRow<'a>> {
    let mut joined = joined.iter();
    let all_kept = judged.iter().filter(|j| j.verdict == Verdict::Keep).count();
    let mut kept_before = 0;
    judged
        .iter()
        .map(|judged| {
            let known = known.get(&judged.item.key);
            let keep = judged.verdict == Verdict::Keep;
            // Items stand in order of their dates, so the newest come last.
            kept_before += usize::from(keep);
            let rank = first.then(|| all_kept - kept_before);
            let standing = match known.map(|known| known.standing) {
                Some(held @ Standing::Withheld(Withheld::Onboarding)) if keep => held,
                _ => story::standing(judged.verdict, &judged.item, rank),
            };
            ItemRow {
                judged,
                standing,
                joined: if keep { joined.next() } else { None },
                known,
                reworded: known.is_some_and(|known| reworded(known, judged, source.summary)),
            }
        })
        .collect()
}

/// Whether a reader sees other words than before: case, spacing and what
/// lies beyond the published lead do not count (law 3).
fn reworded(known: &KnownItem, judged: &Judged, summary: usize) -> bool {
    let seen = |title: &str, lead: &str| {
        (
            fold::folded(title),
            fold::folded(&plain::cut(lead, summary)),
        )
    };
    seen(&known.title, &known.lead) != seen(&judged.item.title, &judged.item.lead)
}

/// The validators to ask with next time; `None` leaves them as they are.
///
/// A damaged document and a broken contract store none (F-07). A 304 renews
/// what it names and leaves the rest (F-04); a 200 states them all, also
/// when its bytes are the old ones (F-03).
fn validators(outcome: &Outcome, memory: Option<&SourceMemory>) -> Option<Validators> {
    match outcome {
        Outcome::Failed(_) => None,
        Outcome::Read(read) => {
            let whole = read.breach.is_none() && read.partial.is_none();
            whole.then(|| read.head.validators.clone())
        }
        Outcome::Unchanged(head) if head.status == 304 => {
            let old = memory.map(|m| m.validators.clone()).unwrap_or_default();
            let new = head.validators.clone();
            Some(Validators {
                etag: new.etag.or(old.etag),
                last_modified: new.last_modified.or(old.last_modified),
                body: old.body,
            })
        }
        Outcome::Unchanged(head) => Some(head.validators.clone()),
    }
}

fn head_of(outcome: &Outcome) -> Option<&Head> {
    match outcome {
        Outcome::Unchanged(head) => Some(head),
        Outcome::Read(read) => Some(&read.head),
        Outcome::Failed(_) => None,
    }
}

fn status(outcome: &Outcome) -> Option<u16> {
    match outcome {
        Outcome::Failed(Failure::Status { status, .. }) => Some(*status),
        other => head_of(other).map(|head| head.status),
    }
}
