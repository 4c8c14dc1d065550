//! `eval stories`: precision and recall of the joiner on labelled JSON Lines.
//!
//! Rows with `cluster` are a stream a `set`: they come in the order of their
//! dates, as if from a poll each, and what is counted is pairs of rows in one
//! story. Rows with `a` and `b` are pairs judged by themselves, after the
//! words of all of them have been counted.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, anyhow};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Done, say};
use crate::model::{Evidence, Item, Joined, SourceKey, StoryId, WebUrl};
use crate::story::{self, Known, Layers, Newcomer, Placed, Teller, Window};
use crate::text::{date, plain, url};
use crate::topic;

/// Stories and wrong joins that are shown.
const SHOWN: usize = 10;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSON Lines: rows with id, cluster, title, summary, date, source, url
    /// and set, or pairs with id, same, a and b
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object a row, then one for the whole
    #[arg(long)]
    json: bool,
}

/// An article as the files hold it.
#[derive(Debug, Deserialize)]
struct Article {
    #[serde(default)]
    id: String,
    #[serde(default)]
    set: Option<String>,
    #[serde(default)]
    cluster: Option<String>,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    source: Option<String>,
    #[serde(default)]
    url: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Pair {
    id: String,
    #[serde(default)]
    lang: Option<String>,
    same: bool,
    a: Article,
    b: Article,
}

/// Right and wrong pairs of one set or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    rows: usize,
    stories: usize,
    /// Pairs in one story that belong there.
    right: u64,
    /// Pairs in one story.
    joined: u64,
    /// Pairs that belong in one story.
    same: u64,
}

/// A share of nothing is whole: nothing was wrong.
#[expect(clippy::cast_precision_loss, reason = "pairs are far fewer than 2^52")]
fn share(part: u64, whole: u64) -> f64 {
    if whole == 0 {
        1.0
    } else {
        part as f64 / whole as f64
    }
}

impl Score {
    fn precision(self) -> f64 {
        share(self.right, self.joined)
    }

    fn recall(self) -> f64 {
        share(self.right, self.same)
    }

    fn f1(self) -> f64 {
        share(2 * self.right, self.joined + self.same)
    }

    fn add(&mut self, other: Self) {
        self.rows += other.rows;
        self.stories += other.stories;
        self.right += other.right;
        self.joined += other.joined;
        self.same += other.same;
    }

    fn json(self) -> Value {
        json!({
            "rows": self.rows,
            "stories": self.stories,
            "pairs": {"right": self.right, "joined": self.joined, "same": self.same},
            "precision": self.precision(),
            "recall": self.recall(),
            "f1": self.f1(),
        })
    }
}

/// A join that the labels call wrong.
#[derive(Debug)]
struct Wrong {
    score: Option<u8>,
    said: String,
}

/// What is told in the end.
#[derive(Debug, Default)]
struct Told {
    by_set: BTreeMap<String, Score>,
    largest: Vec<(usize, String)>,
    wrong: Vec<Wrong>,
    /// Links between languages: two headlines and what both name.
    kin: Vec<String>,
}

pub(super) fn run(args: &Args) -> Done {
    let mut sets: BTreeMap<String, Vec<Article>> = BTreeMap::new();
    let mut pairs = Vec::new();
    for path in &args.files {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let place = || format!("{}:{}", path.display(), number + 1);
            let row: Value = serde_json::from_str(&line).with_context(place)?;
            if row.get("a").is_some() {
                pairs.push(serde_json::from_value::<Pair>(row).with_context(place)?);
            } else {
                let row: Article = serde_json::from_value(row).with_context(place)?;
                let set = row.set.clone().unwrap_or_else(|| "all".to_owned());
                sets.entry(set).or_default().push(row);
            }
        }
    }
    let mut told = Told::default();
    for (set, rows) in sets {
        let score = stream(rows, args.json, &mut told)?;
        told.by_set.entry(set).or_default().add(score);
    }
    self::pairs(&pairs, args.json, &mut told)?;
    told.finish(args.json);
    Ok(ExitCode::SUCCESS)
}

impl Told {
    fn finish(mut self, as_json: bool) {
        let mut all = Score::default();
        for score in self.by_set.values() {
            all.add(*score);
        }
        self.largest.sort_by(|a, b| b.cmp(a));
        self.largest.truncate(SHOWN);
        self.wrong
            .sort_by_key(|wrong| std::cmp::Reverse(wrong.score));
        if as_json {
            let mut last = all.json();
            if let Some(last) = last.as_object_mut() {
                let sets = self.by_set.iter().map(|(set, s)| (set.clone(), s.json()));
                last.insert("by_set".to_owned(), sets.collect());
                last.insert("largest".to_owned(), json!(self.largest));
                let wrong = self.wrong.iter().take(SHOWN).map(|wrong| &wrong.said);
                last.insert("wrong".to_owned(), wrong.cloned().collect());
                last.insert("kin".to_owned(), json!(self.kin));
            }
            say(last);
            return;
        }
        for (set, score) in &self.by_set {
            tell(set, *score);
        }
        tell("all", all);
        if !self.largest.is_empty() {
            say("\nthe largest stories");
        }
        for (members, title) in &self.largest {
            say(format_args!("{members:>5}  {title}"));
        }
        if !self.wrong.is_empty() {
            say(format_args!(
                "\nthe worst of {} wrong joins",
                self.wrong.len()
            ));
        }
        for wrong in self.wrong.iter().take(SHOWN) {
            say(&wrong.said);
        }
        if !self.kin.is_empty() {
            say(format_args!("\n{} links across languages", self.kin.len()));
        }
        for kin in self.kin.iter().take(SHOWN) {
            say(kin);
        }
    }
}

fn tell(name: &str, score: Score) {
    say(format_args!(
        "{name:<24} {:>5} rows {:>5} stories  {:>6} of {:>6} pairs right  \
         precision {:.3}  recall {:.3}  F1 {:.3}",
        score.rows,
        score.stories,
        score.right,
        score.joined,
        score.precision(),
        score.recall(),
        score.f1(),
    ));
}

/// Joins the rows of one set, one after the other.
fn stream(rows: Vec<Article>, as_json: bool, told: &mut Told) -> Result<Score, anyhow::Error> {
    let mut rows: Vec<(Option<Timestamp>, Article)> =
        rows.into_iter().map(|row| (row.moment(), row)).collect();
    // Undated rows come last, at the moment of the last dated one.
    let last = rows.iter().filter_map(|(date, _)| *date).max();
    let last = last.unwrap_or(Timestamp::UNIX_EPOCH);
    rows.sort_by_key(|(date, _)| date.unwrap_or(Timestamp::MAX));
    let mut room = Room::default();
    let mut stories = Vec::new();
    let mut by_id: HashMap<&str, &Article> = HashMap::new();
    let mut told_by: HashMap<StoryId, &Article> = HashMap::new();
    for (date, row) in &rows {
        let now = date.unwrap_or(last);
        let Placed { joined, kin, .. } = room.join(&row.id, row, now)?;
        for kin in kin {
            let other = told_by.get(&kin.story).map_or("", |other| other.headline());
            told.kin.push(format!(
                "  {}\n  {other}\n      {}",
                row.headline(),
                kin.said
            ));
        }
        told_by.entry(joined.story()).or_insert(row);
        if as_json {
            say(json!({
                "id": row.id,
                "story": joined.story().urn(),
                "why": said(&joined),
            }));
        }
        by_id.insert(&row.id, row);
        if let Joined::Joins(_, evidence) = &joined {
            let nearest = evidence.nearest.as_ref().map(|(_, key)| key.as_str());
            let nearest = nearest.and_then(|id| by_id.get(id));
            if let Some(nearest) = nearest.filter(|nearest| nearest.cluster != row.cluster) {
                told.wrong.push(wrong(row, nearest, evidence));
            }
        }
        stories.push(joined.story());
    }
    let rows: Vec<&Article> = rows.iter().map(|(_, row)| row).collect();
    let mut members: HashMap<StoryId, Vec<&Article>> = HashMap::new();
    for (row, story) in rows.iter().zip(&stories) {
        members.entry(*story).or_default().push(row);
    }
    for members in members.values().filter(|members| members.len() > 1) {
        let title = members.first().map_or("", |first| first.headline());
        told.largest.push((members.len(), title.to_owned()));
    }
    let labels = || {
        rows.iter()
            .map(|row| row.cluster.as_deref().unwrap_or(&row.id))
    };
    let both = labels().zip(&stories);
    Ok(Score {
        rows: rows.len(),
        stories: members.len(),
        right: pairs_in(both),
        joined: pairs_in(stories.iter()),
        same: pairs_in(labels()),
    })
}

/// How many pairs of equal things there are.
fn pairs_in<T: std::hash::Hash + Eq>(things: impl Iterator<Item = T>) -> u64 {
    let mut counts: HashMap<T, u64> = HashMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts.values().map(|n| n * (n - 1) / 2).sum()
}

/// Judges pairs, each in a window of its own.
fn pairs(pairs: &[Pair], as_json: bool, told: &mut Told) -> Result<(), anyhow::Error> {
    let mut room = Room::default();
    for (number, article) in pairs.iter().flat_map(|pair| [&pair.a, &pair.b]).enumerate() {
        room.join(&number.to_string(), article, Timestamp::UNIX_EPOCH)?;
    }
    let usage = room.window.into_usage();
    for pair in pairs {
        let mut room = Room {
            window: Window::new(usage.clone()),
            ..Room::default()
        };
        room.join("a", &pair.a, Timestamp::UNIX_EPOCH)?;
        let joined = room.join("b", &pair.b, Timestamp::UNIX_EPOCH)?.joined;
        let same = matches!(joined, Joined::Joins(..));
        if as_json {
            say(json!({"id": pair.id, "same": same, "why": said(&joined)}));
        }
        if let (Joined::Joins(_, evidence), false) = (&joined, pair.same) {
            told.wrong.push(wrong(&pair.b, &pair.a, evidence));
        }
        let lang = pair.lang.as_deref().unwrap_or("?");
        let score = told.by_set.entry(format!("pairs {lang}")).or_default();
        score.add(Score {
            rows: 1,
            stories: if same { 1 } else { 2 },
            right: u64::from(same && pair.same),
            joined: same.into(),
            same: pair.same.into(),
        });
    }
    Ok(())
}

fn said(joined: &Joined) -> Option<&str> {
    match joined {
        Joined::Joins(_, evidence) => Some(&evidence.said),
        Joined::Founds(_) | Joined::Known(_) => None,
    }
}

fn wrong(row: &Article, nearest: &Article, evidence: &Evidence) -> Wrong {
    Wrong {
        score: evidence.score,
        said: format!(
            "  {} ({})\n  {} ({})\n      {}",
            row.headline(),
            row.id,
            nearest.headline(),
            nearest.id,
            evidence.said
        ),
    }
}

impl Article {
    /// The headline; where there is none, the first sentence of the lead.
    fn headline(&self) -> &str {
        match (&self.title, &self.summary) {
            (Some(title), _) => title,
            (None, Some(summary)) => plain::first_sentence(summary),
            (None, None) => "",
        }
    }

    /// The date, as far as the file gives one; "2 hours ago" names none here.
    fn moment(&self) -> Option<Timestamp> {
        date::read(self.date.as_deref()?, &TimeZone::UTC, Timestamp::UNIX_EPOCH)
    }
}

/// A joiner with what it remembers, as the service has one.
#[derive(Default)]
struct Room {
    window: Window,
    known: Known,
    tellers: HashMap<String, Teller>,
}

impl Room {
    fn join(
        &mut self,
        id: &str,
        article: &Article,
        now: Timestamp,
    ) -> Result<Placed, anyhow::Error> {
        let mut item = Item::new(id, article.headline());
        item.lead = article.summary.clone().unwrap_or_default();
        item.language.clone_from(&article.lang);
        item.link = article.url.as_deref().and_then(WebUrl::parse);
        item.canon = item.link.as_ref().map(url::canon);
        let host = item.link.as_ref().map(WebUrl::host_key);
        let source = article.source.clone().or(host).unwrap_or_default();
        let next = self.tellers.len();
        let teller = match self.tellers.entry(source) {
            std::collections::hash_map::Entry::Occupied(known) => known.into_mut(),
            std::collections::hash_map::Entry::Vacant(new) => {
                let key = SourceKey::new(&format!("source-{next}"))?;
                let teller = Teller::new(key, new.key(), Layers::All);
                new.insert(teller)
            }
        };
        let parties = topic::parties(&item);
        let newcomer = Newcomer {
            item: &item,
            parties: &parties,
        };
        self.window.forget(now);
        let placed = story::join(
            &mut self.window,
            &mut self.known,
            teller,
            std::iter::once(newcomer),
            now,
        );
        let placed = placed.into_iter().next();
        placed.ok_or_else(|| anyhow!("nothing was joined"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_equal_things_are_counted() {
        assert_eq!(pairs_in([1, 1, 1, 2, 2, 3].into_iter()), 4);
        assert_eq!(pairs_in(std::iter::empty::<u8>()), 0);
    }
}
