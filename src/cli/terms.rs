//! What `check --terms` tells: which terms of the topic do nothing, and which
//! alone speak for doubtful items.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::json;

use super::say;
use crate::config::Config;
use crate::model::{Field, Item, List, Reason, SourceKey, Verdict};
use crate::rejudge;
use crate::store::{LedgerRow, Reader, StoreError};
use crate::topic::{self, Term};

/// Items listed of one term, and terms listed of the vocabulary, unless all
/// are asked for.
const LISTED: usize = 3;

/// One term over the whole ledger.
struct Tally<'c> {
    term: &'c Term,
    /// The source that alone has the term; `None` for one of the topic.
    source: Option<&'c SourceKey>,
    /// Items in which it occurs.
    items: u64,
    /// Of these, those whose verdict would be another without it.
    decides: u64,
    /// Items for which it alone speaks, and weakly: newest last.
    doubtful: Vec<Doubtful>,
}

struct Doubtful {
    source: SourceKey,
    item: Item,
    seen: Timestamp,
}

/// Prints what every term in force does in the ledger.
pub(super) fn tell(
    config: &Config,
    reader: &Reader,
    all: bool,
    as_json: bool,
) -> Result<(), StoreError> {
    let (items, tallies) = tally(config, reader)?;
    if as_json {
        for tally in &tallies {
            say(json!({
                "term": tally.term.text,
                "list": tally.term.list,
                "language": tally.term.language,
                "source": tally.source,
                "items": tally.items,
                "decides": tally.decides,
                "doubtful": tally.doubtful.iter().rev().map(Doubtful::as_json).collect::<Vec<_>>(),
            }));
        }
        return Ok(());
    }
    let most = if all { usize::MAX } else { LISTED };
    say(format_args!(
        "{} terms over {items} stored items",
        tallies.len()
    ));
    never(&tallies, all);
    spare(&tallies);
    doubtful(tallies, most);
    Ok(())
}

fn tally<'c>(config: &'c Config, reader: &Reader) -> Result<(u64, Vec<Tally<'c>>), StoreError> {
    let own = config.sources.values().flat_map(|source| {
        let terms = source.rules.own_terms().iter();
        terms.map(|term| (term, Some(&source.key)))
    });
    let mut tallies: Vec<Tally<'_>> = config
        .rules
        .terms()
        .iter()
        .map(|term| (term, None))
        .chain(own)
        .map(|(term, source)| Tally {
            term,
            source,
            items: 0,
            decides: 0,
            doubtful: Vec::new(),
        })
        .collect();
    // All sources share the terms of the topic.
    let places: HashMap<*const Term, usize> = tallies
        .iter()
        .enumerate()
        .map(|(place, tally)| (std::ptr::from_ref(tally.term), place))
        .collect();
    let mut items = 0;
    reader.ledger(0..i64::MAX, |row| {
        let Some(source) = config.sources.get(&row.source) else {
            return;
        };
        items += 1;
        let rules = rejudge::rules(source, row.looked);
        let parts = topic::parts(&rules, &row.item);
        if parts.is_empty() {
            return;
        }
        let (verdict, reasons) = topic::judge(&rules, &row.item);
        let alone = alone(verdict, &reasons);
        for part in parts {
            let place = places.get(&std::ptr::from_ref(part.term));
            let Some(tally) = place.and_then(|place| tallies.get_mut(*place)) else {
                continue;
            };
            tally.items += 1;
            tally.decides += u64::from(part.decides);
            if alone.is_some_and(|reason| part.decides && reason.term == part.term.text) {
                tally.doubtful.push(Doubtful::of(&row));
            }
        }
    })?;
    Ok((items, tallies))
}

/// The only occurrence that speaks for an item, if that makes it doubtful: it
/// is weak, or stands outside the headline.
fn alone(verdict: Verdict, reasons: &[Reason]) -> Option<&Reason> {
    let counts = |reason: &&Reason| reason.unless.is_none() && reason.list != List::Not;
    let mut counting = reasons.iter().filter(counts);
    match (verdict, counting.next(), counting.next()) {
        (Verdict::Keep, Some(reason), None) => {
            (reason.list == List::Weak || reason.field != Field::Title).then_some(reason)
        }
        _ => None,
    }
}

impl Doubtful {
    fn of(row: &LedgerRow) -> Self {
        Self {
            source: row.source.clone(),
            item: row.item.clone(),
            seen: row.seen,
        }
    }

    fn as_json(&self) -> serde_json::Value {
        json!({
            "source": self.source,
            "key": self.item.key,
            "title": self.item.title,
            "link": self.item.link,
            "seen": self.seen,
        })
    }
}

impl Tally<'_> {
    fn is_own(&self) -> bool {
        self.term.language.is_none()
    }

    fn line(&self) -> String {
        let from = match (&self.term.language, self.source) {
            (Some(language), _) => language.clone(),
            (None, Some(source)) => format!("[{source}]"),
            (None, None) => "own".to_owned(),
        };
        let list = self.term.list.as_str();
        format!("  {list:<7} {from} \"{}\"", self.term.text)
    }
}

/// The terms that never matched: the admin's own, and how many of the
/// vocabulary, which speaks languages that no source may write.
fn never(tallies: &[Tally<'_>], all: bool) {
    let never = || tallies.iter().filter(|tally| tally.items == 0);
    let own = never().filter(|tally| tally.is_own()).count();
    let hint = if all { "" } else { "; --all lists these" };
    say(format_args!(
        "never matched: {own} of your own, {} of the vocabulary{hint}",
        never().count() - own
    ));
    for tally in never().filter(|tally| all || tally.is_own()) {
        say(tally.line());
    }
}

/// The terms that matched and decided nothing.
fn spare(tallies: &[Tally<'_>]) {
    let is_spare = |tally: &&Tally<'_>| tally.items > 0 && tally.decides == 0;
    let mut spare: Vec<&Tally<'_>> = tallies.iter().filter(is_spare).collect();
    spare.sort_by_key(|tally| std::cmp::Reverse(tally.items));
    say(format_args!(
        "matched, but never decided, for another term was enough: {}",
        spare.len()
    ));
    for tally in spare {
        let items = tally.items;
        let s = if items == 1 { "" } else { "s" };
        say(format_args!("{}: {items} item{s}", tally.line()));
    }
}

/// The terms that alone speak for items, and weakly.
fn doubtful(mut tallies: Vec<Tally<'_>>, most: usize) {
    tallies.retain(|tally| !tally.doubtful.is_empty());
    tallies.sort_by_key(|tally| std::cmp::Reverse(tally.doubtful.len()));
    say(format_args!(
        "alone for items that one weak word, or one word outside the headline, keeps: {}",
        tallies.len()
    ));
    for tally in &tallies {
        let (doubtful, items) = (tally.doubtful.len(), tally.items);
        say(format_args!("{}: {doubtful} of {items}", tally.line()));
        for Doubtful { source, item, seen } in tally.doubtful.iter().rev().take(most) {
            let day = seen.strftime("%Y-%m-%d");
            say(format_args!("    {day}  {source}  {}", item.title));
        }
        if doubtful > most {
            let more = doubtful - most;
            say(format_args!("    … and {more} more: --all lists them"));
        }
    }
}
