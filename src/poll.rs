//! One errand, a poll or a look, in three parts: claim, bring, settle.
//!
//! `claim` commits the promise. `bring` asks, reads and judges: many at once
//! and no database. `settle` recalls, joins, schedules and commits: one at a
//! time and no network. The due time stands before the request does, so a
//! process that dies in between asks nobody twice (law 6).

mod claim;
mod quarantine;

pub use claim::{Agenda, Dealt, Room, claim};

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::config::{Config, Source};
use crate::fetch::{Accept, Ask, Brought, Fetch, Secret};
use crate::model::{
    Answer, Article, Cost, Due, Errand, Failure, Fetched, Head, Item, ItemKey, Judged, Manners,
    Outcome, Parties, Read, Reading, Robots, Rung, Skipped, SourceKey, Standing, Target,
    Validators, Verdict, WebUrl, Withheld,
};
use crate::schedule::{self, Came, LOOKS_AT_OLD, Look, Memory};
use crate::store::{
    self, ItemRow, KnownItem, LookPlan, Settling, SourceMemory, SourceSettlement, Store,
    StoreError, Writing, Written,
};
use crate::story::{self, Newcomer, ONBOARDING, Placed, Wait, Window};
use crate::text::url::canon;
use crate::text::{fold, plain};
use crate::{aside, parse, topic};

/// Errands under way at once, over all hosts (C-15).
pub const SLOTS: usize = 64;

/// The host whose politeness an errand uses up; `None` for loopback, where
/// nobody needs it (C-14).
pub fn host_that_counts(url: &WebUrl) -> Option<String> {
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
    let mut cost = Cost::default();
    let (outcome, robots) = match config.sources.get(errand.source()) {
        Some(source) => ask(&errand, source, &config.feed.url, &fetch, &mut cost, now).await,
        None => (
            Outcome::Failed(Failure::Refused(
                "the source is no longer configured".into(),
            )),
            Vec::new(),
        ),
    };
    cost.took = started.elapsed();
    Answer {
        errand,
        outcome,
        robots,
        cost,
    }
}

async fn ask(
    errand: &Errand,
    source: &Source,
    ours: &WebUrl,
    fetch: &Fetch,
    cost: &mut Cost,
    now: Timestamp,
) -> (Outcome, Vec<Robots>) {
    let configured = source.target.url();
    let secret = match source.secret.as_ref().map(Secret::read).transpose() {
        Ok(secret) => secret,
        Err(failure) => return (Outcome::Failed(failure), Vec::new()),
    };
    let ask = match errand {
        Errand::Poll {
            url,
            validators,
            manners,
            ..
        } => Ask {
            url,
            configured,
            validators,
            accept: match source.target {
                Target::Feed(_) | Target::Sitemap(_) | Target::Json(_) => Accept::Feed,
                Target::Page(_) => Accept::Page,
            },
            allow_private: source.allow_private,
            secret: secret.as_ref(),
            proxy: source.proxy.as_ref(),
            ours: Some(ours),
            manners,
        },
        Errand::Look { url, manners, .. } => Ask {
            url,
            // The admin gave leave for the source's own host and port; what
            // its feed links to gets no more than a redirect would (H-A6).
            configured,
            validators: &Validators::default(),
            accept: Accept::Page,
            allow_private: source.allow_private,
            secret: secret.as_ref(),
            proxy: source.proxy.as_ref(),
            ours: Some(ours),
            manners,
        },
    };
    // A large body keeps its place until it is read (C-15).
    let Brought {
        fetched,
        mut robots,
        place: _place,
    } = fetch.get(ask).await;
    if let Ok(fetched) = &fetched {
        cost.add(fetched);
    }
    let outcome = match (fetched, errand) {
        (Err(failure), _) => Outcome::Failed(failure),
        (Ok(Fetched::Unchanged(head)), _) => Outcome::Unchanged(head),
        (
            Ok(Fetched::Document(head, body)),
            Errand::Poll {
                validators,
                manners,
                ..
            },
        ) => match document(validators, source, head, body, now).await {
            Outcome::Read(page) if page.breach.is_some() => {
                let named = named(&page, source, manners, &mut robots, fetch, cost, now).await;
                Outcome::Read(named.map_or(page, Box::new))
            }
            outcome => outcome,
        },
        (Ok(Fetched::Document(head, body)), Errand::Look { .. }) => {
            article(source, head, body, now).await
        }
    };
    (outcome, robots)
}

async fn document(
    validators: &Validators,
    source: &Source,
    mut head: Head,
    body: Vec<u8>,
    now: Timestamp,
) -> Outcome {
    let hash = blake3::hash(&body).as_bytes().to_vec();
    let unchanged = validators.body.as_ref() == Some(&hash);
    head.validators.body = Some(hash);
    if unchanged {
        return Outcome::Unchanged(head);
    }
    read(source.clone(), head, body, now).await
}

/// The last rungs of a page on which nothing keeps the contract: the news
/// sitemap and the feed that it names. The page's own head stays, so that it
/// is asked again and the admin hears of it.
async fn named(
    page: &Read,
    source: &Source,
    manners: &Manners,
    robots: &mut Vec<Robots>,
    fetch: &Fetch,
    cost: &mut Cost,
    now: Timestamp,
) -> Option<Read> {
    let reading = page.reading.as_ref()?;
    let sitemap = reading.sitemaps.first().map(|url| (Rung::Sitemap, url));
    let feed = reading.feeds.first().map(|url| (Rung::Feed, url));
    for (rung, url) in sitemap.into_iter().chain(feed) {
        let known = manners.robots.as_ref();
        let manners = Manners {
            robots: known.map(|known| known.iter().chain(&*robots).cloned().collect()),
            ..manners.clone()
        };
        let ask = Ask {
            url,
            configured: source.target.url(),
            validators: &Validators::default(),
            accept: Accept::Feed,
            allow_private: source.allow_private,
            secret: None,
            proxy: source.proxy.as_ref(),
            ours: None,
            manners: &manners,
        };
        let brought = fetch.get(ask).await;
        robots.extend(brought.robots);
        let Ok(fetched) = brought.fetched else {
            continue;
        };
        cost.add(&fetched);
        let Fetched::Document(head, body) = fetched else {
            continue;
        };
        let source = Source {
            recipe: source.recipe.of_named(rung),
            ..source.clone()
        };
        if let Outcome::Read(found) = read(source, head, body, now).await
            && found.breach.is_none()
            && !found.judged.is_empty()
        {
            return Some(Read {
                head: page.head.clone(),
                reading: Some(Reading {
                    rung,
                    fallen: page.breach.clone(),
                    ..reading.clone()
                }),
                ..*found
            });
        }
    }
    None
}

async fn article(source: &Source, head: Head, body: Vec<u8>, now: Timestamp) -> Outcome {
    let recipe = source.recipe.clone();
    let work = aside::work(move || parse::article(&recipe, &head, &body, now));
    match work.await {
        Ok(article) => Outcome::Seen(Box::new(article)),
        Err(failure) => Outcome::Failed(failure),
    }
}

/// Parsing and judging is work, so it leaves the async threads alone; what
/// takes too long is given up (C-13).
async fn read(source: Source, head: Head, body: Vec<u8>, now: Timestamp) -> Outcome {
    let work = aside::work(move || {
        let parsed = parse::document(&source.recipe, &head, &body, now)?;
        Ok(Read {
            generation: source.rules.generation(),
            judged: parsed
                .items
                .into_iter()
                .map(|item| judged(&source.rules, item))
                .collect(),
            skipped: parsed.skipped,
            reading: parsed.reading,
            breach: parsed.breach,
            identity: parsed.identity,
            partial: parsed.partial,
            head: Head {
                hints: crate::model::Hints {
                    document: parsed.interval,
                    skip: parsed.skip,
                    ..head.hints
                },
                ..head
            },
        })
    });
    match work.await {
        Ok(read) => Outcome::Read(Box::new(read)),
        Err(failure) => Outcome::Failed(failure),
    }
}

fn judged(rules: &topic::Rules, item: Item) -> Judged {
    let (verdict, reasons) = topic::judge(rules, &item);
    let parties = match verdict {
        Verdict::Keep => topic::parties(&item),
        Verdict::Drop | Verdict::Near => Parties::default(),
    };
    Judged {
        item,
        verdict,
        reasons,
        parties,
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
    pub due: Due,
    /// What it follows from.
    schedule: Memory,
}

/// What came of one look, for the log.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The source.
    pub source: SourceKey,
    /// The item.
    pub item: ItemKey,
    /// What went wrong, in words.
    pub wrong: Option<String>,
    /// What was written.
    pub written: Written,
}

/// What a settlement did.
#[derive(Debug, Default)]
pub struct Settled {
    /// The polls that are stored.
    pub told: Vec<Told>,
    /// The looks that are stored.
    pub looked: Vec<Looked>,
    /// The answers that could not be stored and were undone, each by itself.
    /// The window then holds more than the store and must be loaded again.
    pub undone: Vec<(SourceKey, StoreError)>,
}

impl Settled {
    /// Whether anything changed that an edition shows.
    pub fn touches_stories(&self) -> bool {
        let polls = self.told.iter().map(|told| told.written);
        let looks = self.looked.iter().map(|looked| looked.written);
        polls.chain(looks).any(|written| written.touched)
    }
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
    answers.sort_by(|a, b| {
        let place = |answer: &Answer| {
            (
                answer.errand.source().clone(),
                answer.errand.item().cloned(),
            )
        };
        place(a).cmp(&place(b))
    });
    window.forget(now);
    let mut settling = store.begin(now)?;
    let mut settled = Settled::default();
    for answer in answers {
        let Some(source) = config.sources.get(answer.errand.source()) else {
            continue;
        };
        let undone = match answer.errand.clone() {
            Errand::Poll { .. } => settle_one(&mut settling, window, source, answer, now)
                .map(|told| settled.told.extend(told)),
            Errand::Look { item, .. } => {
                settle_look(&mut settling, window, config, source, &item, &answer, now)
                    .map(|looked| settled.looked.push(looked))
            }
        };
        if let Err(error) = undone {
            settled.undone.push((source.key.clone(), error));
        }
    }
    settling.commit()?;
    for told in &settled.told {
        if let Some(source) = config.sources.get(&told.source) {
            agenda.settled(source, &told.schedule, told.due.clone());
        }
    }
    agenda.rest(store.resting_hosts(now)?);
    Ok(settled)
}

/// Ends the waiting of what has waited long enough: items for their look, which
/// are published without it, or for others that tell their story; and
/// corrections for the hour after the last one. The number of stories that
/// enter or say by it that they were reworded.
#[expect(
    clippy::redundant_closure_for_method_calls,
    reason = "the method is not general enough in its lifetime"
)]
pub fn ripen(store: &mut Store, now: Timestamp) -> Result<u64, StoreError> {
    if !store.has_ripe(now)? {
        return Ok(0);
    }
    let mut settling = store.begin(now)?;
    let changed = settling.one(|writing| writing.ripen())?;
    settling.commit()?;
    Ok(changed)
}

/// `None` if the source was edited while the answer was on its way: it is of
/// an address that no longer counts.
fn settle_one(
    settling: &mut Settling<'_>,
    window: &mut Window,
    source: &Source,
    mut answer: Answer,
    now: Timestamp,
) -> Result<Option<Told>, StoreError> {
    settling.one(|writing| {
        let epoch = source.epoch();
        let Some(memory) = writing.memory(&source.key)?.filter(|m| m.epoch == epoch) else {
            return Ok(None);
        };
        let mut items = None;
        let document = match &mut answer.outcome {
            Outcome::Read(read) => {
                items = Some(read.judged.len() as u64);
                // A document that is always damaged is not always the first.
                let first = match (
                    writing.has_items(&source.key)?,
                    writing.rebuilt(&source.key)?,
                ) {
                    (true, _) => First::No,
                    (false, None) => First::Ever,
                    (false, Some(until)) => First::SinceLoss(until),
                };
                settle_document(writing, window, source, read, first, now)?
            }
            _ => Document::default(),
        };
        let came = Came {
            outcome: &answer.outcome,
            configured: source.target.url(),
            asked: answer.errand.url(),
            known: document.known,
            new: &document.new,
        };
        let (due, schedule) =
            schedule::next(source.pace, &source.key, &memory.schedule, &came, now);
        hosts(writing, source, &answer, &schedule, now)?;
        let (failure, skipped) = match &answer.outcome {
            Outcome::Unchanged(_) | Outcome::Seen(_) => (None, None),
            Outcome::Failed(failure) => (Some((failure.kind(), failure.to_string())), None),
            Outcome::Read(read) => {
                let breach = read.breach.clone().map(if source.recipe.selects() {
                    Failure::Breach
                } else {
                    Failure::NoList
                });
                let failure = breach.or_else(|| read.damage());
                let failure = failure.map(|f| (f.kind(), f.to_string()));
                (failure, Some(read.skipped.as_slice()))
            }
        };
        let validators = validators(&answer.outcome, &memory);
        let (good, reading) = match &answer.outcome {
            Outcome::Read(read) => {
                let good = read.breach.is_none() && read.partial.is_none();
                (good, read.reading.as_ref())
            }
            Outcome::Unchanged(_) => (true, None),
            Outcome::Seen(_) | Outcome::Failed(_) => (false, None),
        };
        let settlement = SourceSettlement {
            source: &source.key,
            url: answer.errand.url(),
            conditional: answer.errand.is_conditional(),
            due: &due,
            schedule: &schedule,
            failure,
            good,
            reading,
            validators: validators.as_ref(),
            skipped,
            status: status(&answer.outcome),
            cost: answer.cost,
            items: items.unwrap_or(0),
            kept: document.kept,
        };
        writing.source(&settlement, document.written.new)?;
        Ok(Some(Told {
            source: source.key.clone(),
            wrong: settlement.failure.map(|(_, said)| said),
            was_failing: memory.schedule.trouble.since.is_some(),
            items,
            kept: document.kept,
            written: document.written,
            due,
            schedule,
        }))
    })
}

/// Whether a document is the first that its source ever brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum First {
    No,
    Ever,
    /// It is, as far as is remembered: until then the source's items were
    /// published, and the database was lost after that.
    SinceLoss(Timestamp),
}

impl First {
    /// Whether an item that is not known is held back, so many being newer:
    /// a reader must not be flooded (H-70), nor be shown again what he may
    /// have seen.
    fn withholds(self, item: &Item, newer: usize) -> bool {
        match self {
            Self::No => false,
            Self::Ever => newer >= ONBOARDING,
            Self::SinceLoss(until) => item.stated.is_none_or(|stated| stated <= until),
        }
    }
}

/// What one document came to.
#[derive(Debug, Default)]
struct Document {
    /// Items about the topic.
    kept: u64,
    /// Items that were known before.
    known: usize,
    /// The dates of those that were not.
    new: Vec<Option<Timestamp>>,
    written: Written,
}

/// Settles the items of a document: completed by what looks have told,
/// joined to stories, written. `first` is the first document that its source
/// ever brought.
fn settle_document(
    writing: &mut Writing<'_>,
    window: &mut Window,
    source: &Source,
    read: &mut Read,
    first: First,
    now: Timestamp,
) -> Result<Document, StoreError> {
    // What a page yields that broke its contract may be its menu.
    if read.breach.is_some() {
        read.judged.clear();
    }
    let generation = source.rules.generation();
    // The topic was edited while the answer was on its way.
    if read.generation != generation {
        let again = |judged: Judged| self::judged(&source.rules, judged.item);
        read.judged = read.judged.drain(..).map(again).collect();
    }
    let recall =
        |judged: &[Judged]| writing.recall(&source.key, judged.iter().map(|judged| &judged.item));
    let mut recalled = recall(&read.judged)?;
    if rename_reused(&mut read.judged, &recalled.items) {
        recalled = recall(&read.judged)?;
    }
    let complete = |judged| completed(judged, &recalled.items, &source.rules);
    read.judged = read.judged.drain(..).map(complete).collect();
    read.judged.sort_by(|a, b| {
        let date = |judged: &Judged| judged.item.stated.unwrap_or(now);
        (date(a), &a.item.key).cmp(&(date(b), &b.item.key))
    });
    let keeps = || {
        let kept = |judged: &&Judged| judged.verdict == Verdict::Keep;
        read.judged.iter().filter(kept)
    };
    let newcomers = keeps().map(|Judged { item, parties, .. }| Newcomer { item, parties });
    let placed = story::join(window, &mut recalled.known, &source.teller, newcomers, now);
    let holds = holds(writing, &placed, source, now)?;
    let mut rows = rows(
        &read.judged,
        &placed,
        &holds,
        &recalled.items,
        source,
        first,
        now,
    );
    let is_new = |judged: &&Judged| !recalled.items.contains_key(&judged.item.key);
    if first == First::No {
        let shown = quarantine::Shown {
            items: read.judged.iter().map(|judged| &judged.item).collect(),
            known: recalled.items.len(),
            new_kept: keeps().filter(is_new).count() as u64,
            identity: &read.identity,
        };
        if quarantine::reason(writing, &source.key, &shown, now)?.is_some() {
            for row in &mut rows {
                hold_back(row, now);
            }
        }
    } else {
        writing.remember_identity(&source.key, &read.identity)?;
    }
    let document = Document {
        kept: keeps().count() as u64,
        known: recalled.items.len(),
        new: read
            .judged
            .iter()
            .filter(is_new)
            .map(|judged| judged.item.stated)
            .collect(),
        written: writing.items(&source.key, &generation, &rows)?,
    };
    if source.look != Look::Off && read.partial.is_none() {
        writing.doubt(&source.key, &read.judged, schedule::doubts_since(now))?;
    }
    // The admin should hear of what is about the topic and not shown.
    let linkless = rows
        .iter()
        .filter(|row| row.standing == Standing::Withheld(Withheld::NoLink));
    read.skipped.extend(linkless.map(|row| Skipped {
        what: row.judged.item.title.clone(),
        why: "it has no web address to read it at".to_owned(),
    }));
    Ok(document)
}

/// A new item of a source that is not believed is remembered and not shown.
fn hold_back(row: &mut ItemRow<'_>, now: Timestamp) {
    if row.known.is_some() || row.judged.verdict != Verdict::Keep {
        return;
    }
    row.held = Some(Withheld::Quarantine);
    row.awaits = None;
    row.look = row
        .look
        .map(|_| LookPlan::Never("its source is in quarantine"));
    row.standing = story::standing(Verdict::Keep, &row.judged.item, row.held, None, now);
}

/// What the answer says of hosts: that one wants to be left alone, and what
/// its `robots.txt` says.
fn hosts(
    writing: &Writing<'_>,
    source: &Source,
    answer: &Answer,
    schedule: &Memory,
    now: Timestamp,
) -> Result<(), StoreError> {
    for robots in &answer.robots {
        writing.remember_robots(robots)?;
    }
    let Outcome::Failed(failure @ Failure::Status { host, .. }) = &answer.outcome else {
        return Ok(());
    };
    let url = answer.errand.url();
    let after = writing
        .host(host)?
        .after(failure, url, source.pace, schedule, now);
    match after {
        Some(memory) => writing.remember_host(host, &memory),
        None => Ok(()),
    }
}

/// Adds what a look has told before to an item that its feed shows again:
/// the next headline-only poll does not lose the lead.
fn completed(
    mut shown: Judged,
    known: &HashMap<ItemKey, KnownItem>,
    rules: &topic::Rules,
) -> Judged {
    let look = known.get(&shown.item.key).and_then(|k| k.look.as_ref());
    match look.and_then(|look| look.article.as_ref()) {
        Some(article) => {
            article.complete(&mut shown.item);
            judged(&rules.after_look(), shown.item)
        }
        None => shown,
    }
}

/// Settles what a look brought: the item is judged again, with the text of
/// its page.
fn settle_look(
    settling: &mut Settling<'_>,
    window: &mut Window,
    config: &Config,
    source: &Source,
    key: &ItemKey,
    answer: &Answer,
    now: Timestamp,
) -> Result<Looked, StoreError> {
    settling.one(|writing| {
        let mut looked = Looked {
            source: source.key.clone(),
            item: key.clone(),
            wrong: None,
            written: Written::default(),
        };
        let memory = writing.memory(&source.key)?.map(|memory| memory.schedule);
        hosts(writing, source, answer, &memory.unwrap_or_default(), now)?;
        let Some(store::Looked {
            mut item,
            seen,
            tries,
            again,
        }) = writing.looked_for(&source.key, key)?
        else {
            return Ok(looked);
        };
        if again {
            if let Some(is_gone) = is_gone(&answer.outcome, tries) {
                looked.written = writing.end_doubt(&source.key, key, is_gone)?;
            }
            return Ok(looked);
        }
        let mut rules = source.rules.clone();
        let mut address = None;
        match &answer.outcome {
            Outcome::Seen(article) if !tells_of(article, &item) => {
                let why = "the page has another headline and does not mention this one";
                looked.wrong = Some(why.to_owned());
                writing.end_look(&source.key, key, Err(why))?;
            }
            Outcome::Seen(article) => {
                address = named_address(article, &item, config);
                writing.end_look(&source.key, key, Ok((article, address.as_deref())))?;
                article.complete(&mut item);
                rules = rules.after_look();
            }
            Outcome::Failed(failure) => {
                looked.wrong = Some(failure.to_string());
                if !schedule::look_is_lost(failure, tries) {
                    return Ok(looked);
                }
                writing.end_look(&source.key, key, Err(&failure.to_string()))?;
            }
            Outcome::Unchanged(_) | Outcome::Read(_) => return Ok(looked),
        }
        let judged = judged(&rules, item);
        let is_kept = judged.verdict == Verdict::Keep;
        let there = match address.as_deref().filter(|_| is_kept) {
            Some(address) => writing.at_address(address, Some(&source.key))?,
            None => None,
        };
        if let Some(there) = &there
            && writing.leave(&source.key, key, there.story)?
        {
            // It still holds what has left.
            *window = writing.window()?;
        }
        let mut recalled = writing.recall(&source.key, std::iter::once(&judged.item))?;
        // Without a date it bears the time at which it was first seen (law 3).
        let mut newcomer = Item {
            stated: judged.item.stated.or(Some(seen)),
            ..judged.item.clone()
        };
        // Its own address goes before the one that its page names.
        let canons = &mut recalled.known.canons;
        let is_met = |canon: &String| canons.contains_key(canon);
        if let (Some(address), Some(there), false) =
            (address, there, newcomer.canon.as_ref().is_some_and(is_met))
        {
            canons.insert(address.clone(), there);
            newcomer.canon = Some(address);
        }
        let keep = is_kept.then_some(Newcomer {
            item: &newcomer,
            parties: &judged.parties,
        });
        let placed = story::join(
            window,
            &mut recalled.known,
            &source.teller,
            keep.into_iter(),
            now,
        );
        let known = recalled.items.get(key);
        let held = known.and_then(|known| known.held);
        let hold = holds(writing, &placed, source, seen)?.pop().flatten();
        let awaits = hold.filter(|until| now < *until).map(Wait::Hold);
        let row = ItemRow {
            standing: story::standing(judged.verdict, &judged.item, held, awaits, now),
            held,
            awaits,
            look: None,
            placed: placed.first(),
            known,
            reworded: known.is_some_and(|known| reworded(known, &judged, source.summary)),
            judged: &judged,
        };
        looked.written = writing.items(&source.key, &source.rules.generation(), &[row])?;
        Ok(looked)
    })
}

/// The canonical form of the address that an article page calls its own, if
/// it is another one than its item's. It is believed on the item's own site
/// and on those of the sources (TOPIC-AND-STORIES 2.1), and never that of a
/// list.
fn named_address(article: &Article, item: &Item, config: &Config) -> Option<String> {
    let named = article.canonical.as_ref()?;
    let address = canon(named);
    let sources = || config.sources.values().map(|source| source.target.url());
    let is_known = item.canon.as_ref() == Some(&address);
    let is_list = || sources().any(|list| canon(list) == address);
    let is_believed = || {
        let own = item.link.iter();
        own.chain(sources()).any(|site| shares_a_site(site, named))
    };
    (!is_known && is_believed() && !is_list()).then_some(address)
}

/// Whether the host of one address is that of the other, or is below it.
fn shares_a_site(one: &WebUrl, other: &WebUrl) -> bool {
    let is_below = |host: &str, parent: &str| {
        let rest = host.strip_suffix(parent);
        parent.contains('.') && rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
    };
    let (one, other) = (one.site(), other.site());
    is_below(one, other) || is_below(other, one)
}

/// Gives an item another key whose guid was that of another article before:
/// neither its link nor any run of letters of its headline is the same
/// (H-61). Whether there are any.
fn rename_reused(judged: &mut [Judged], known: &HashMap<ItemKey, KnownItem>) -> bool {
    let mut any = false;
    for item in judged.iter_mut().map(|judged| &mut judged.item) {
        let Some((canon, known)) = item.canon.as_ref().zip(known.get(&item.key)) else {
            continue;
        };
        let moved = known.canon.as_ref().is_some_and(|before| before != canon);
        if moved && !shares_a_run(&item.title, &known.title) {
            item.key = ItemKey::new(format!("{} {canon}", item.key));
            any = true;
        }
    }
    any
}

/// Whether a second look finds that the page is gone; `None` if it is to be
/// asked for again.
fn is_gone(outcome: &Outcome, tries: u32) -> Option<bool> {
    match outcome {
        Outcome::Failed(Failure::Status {
            status: 404 | 410, ..
        }) => Some(true),
        Outcome::Failed(failure) if !schedule::look_is_lost(failure, tries) => None,
        _ => Some(false),
    }
}

/// Whether a page is that of an item: in place of an article that is gone some
/// publishers send their front page with a 200 (H-43). Headlines of feed and
/// page may differ in their words, so one run of letters in common is enough.
fn tells_of(article: &Article, item: &Item) -> bool {
    let Some(title) = &article.title else {
        return true;
    };
    let page = format!("{title} {} {}", article.lead, article.text);
    shares_a_run(&item.title, &page)
}

/// Whether a run of letters of a headline stands in a text.
fn shares_a_run(headline: &str, text: &str) -> bool {
    let flat = |text: &str| fold::folded(text).replace(' ', "");
    let text = flat(text);
    let headline: Vec<char> = flat(headline).chars().collect();
    // A Chinese letter tells more than a Latin one.
    let is_wide = headline.iter().filter(|c| **c >= '\u{2e80}').count() * 2 > headline.len();
    let run = if is_wide { 2 } else { 6 }.min(headline.len().max(1));
    headline
        .windows(run)
        .any(|run| text.contains(&run.iter().collect::<String>()))
}

/// Until when each of the items that have just been seen is held: others may
/// tell its story, too, before that enters.
fn holds(
    writing: &Writing<'_>,
    placed: &[Placed],
    source: &Source,
    seen: Timestamp,
) -> Result<Vec<Option<Timestamp>>, StoreError> {
    let until = seen.checked_add(source.hold).ok();
    let hold = |placed: &Placed| {
        let waits = !source.hold.is_zero() && writing.entered(placed.joined.story())?.is_none();
        Ok(until.filter(|_| waits))
    };
    placed.iter().map(hold).collect()
}

/// Puts verdicts, stories and what was known side by side.
fn rows<'a>(
    judged: &'a [Judged],
    placed: &'a [Placed],
    holds: &[Option<Timestamp>],
    known: &'a HashMap<ItemKey, KnownItem>,
    source: &Source,
    first: First,
    now: Timestamp,
) -> Vec<ItemRow<'a>> {
    let is_kept = |judged: &Judged| judged.verdict == Verdict::Keep;
    let is_old = |judged: &Judged| first != First::No || known.contains_key(&judged.item.key);
    let looks = |judged: &Judged| {
        let known = known.get(&judged.item.key);
        known.is_none_or(|known| known.look.is_none())
            && schedule::wants_look(source.look, judged.verdict, &judged.item)
    };
    let mut placed = placed.iter().zip(holds);
    // Items stand in order of their dates, so the newest come last.
    let mut newer_kept = judged.iter().filter(|j| is_kept(j)).count();
    let mut newer_looks = judged.iter().filter(|j| is_old(j) && looks(j)).count();
    judged
        .iter()
        .map(|judged| {
            let known = known.get(&judged.item.key);
            let keep = is_kept(judged);
            newer_kept -= usize::from(keep);
            let held = match known {
                Some(known) => known.held,
                None => {
                    let withheld = keep && first.withholds(&judged.item, newer_kept);
                    withheld.then_some(Withheld::Onboarding)
                }
            };
            let look = looks(judged).then(|| {
                newer_looks -= usize::from(is_old(judged));
                if is_old(judged) && newer_looks >= LOOKS_AT_OLD {
                    LookPlan::Never("older than the newest of its poll")
                } else {
                    LookPlan::Due
                }
            });
            let (placed, hold) = if keep { placed.next() } else { None }.unzip();
            let hold = hold.copied().flatten();
            let awaits = match known {
                // What comes to the topic by other words is new to its story.
                Some(known) if keep && !known.has_story() => hold.map(Wait::Hold),
                Some(known) => known.awaits,
                None if keep && look == Some(LookPlan::Due) => {
                    let looked = schedule::look_until(now);
                    Some(Wait::Look(hold.map_or(looked, |hold| hold.max(looked))))
                }
                None => hold.map(Wait::Hold),
            };
            ItemRow {
                judged,
                standing: story::standing(judged.verdict, &judged.item, held, awaits, now),
                held,
                awaits,
                look,
                placed,
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
fn validators(outcome: &Outcome, memory: &SourceMemory) -> Option<Validators> {
    match outcome {
        Outcome::Failed(_) | Outcome::Seen(_) => None,
        Outcome::Read(read) => {
            let whole = read.breach.is_none() && read.damage().is_none();
            whole.then(|| read.head.validators.clone())
        }
        Outcome::Unchanged(head) if head.status == 304 => {
            let old = memory.validators.clone();
            let new = head.validators.clone();
            Some(Validators {
                from: new.from,
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
        Outcome::Failed(_) | Outcome::Seen(_) => None,
    }
}

fn status(outcome: &Outcome) -> Option<u16> {
    match outcome {
        Outcome::Failed(Failure::Status { status, .. }) => Some(*status),
        other => head_of(other).map(|head| head.status),
    }
}
