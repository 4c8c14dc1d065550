//! `eval`: precision and recall of filter and joiner on labelled JSON Lines.

mod stories;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use serde::Deserialize;
use serde_json::json;

use super::{Done, Places, say, trying};
use crate::model::{Item, Verdict};
use crate::topic;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The topic filter: rows with id, lang, title, summary, label; a null
    /// label is not counted
    Topic {
        /// JSON Lines
        #[arg(required = true)]
        files: Vec<PathBuf>,
        /// One JSON object a row, then one for the whole
        #[arg(long)]
        json: bool,
    },
    /// The story joiner: pairs of rows in one story, by set; the largest
    /// stories, and the worst joins with their evidence
    Stories(stories::Args),
}

#[derive(Debug, Deserialize)]
struct Row {
    id: String,
    #[serde(default)]
    lang: Option<String>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    summary: Option<String>,
    #[serde(default)]
    label: Option<bool>,
}

/// Hits and misses of one language or of all.
#[derive(Clone, Copy, Debug, Default)]
struct Score {
    hits: u32,
    false_alarms: u32,
    misses: u32,
    rows: u32,
}

impl Score {
    fn count(&mut self, label: bool, kept: bool) {
        self.rows += 1;
        match (label, kept) {
            (true, true) => self.hits += 1,
            (false, true) => self.false_alarms += 1,
            (true, false) => self.misses += 1,
            (false, false) => {}
        }
    }

    /// A share of nothing is whole: nothing was wrong.
    fn share(part: u32, missed: u32) -> f64 {
        match part + missed {
            0 => 1.0,
            whole => f64::from(part) / f64::from(whole),
        }
    }

    fn precision(self) -> f64 {
        Self::share(self.hits, self.false_alarms)
    }

    fn recall(self) -> f64 {
        Self::share(self.hits, self.misses)
    }

    fn f1(self) -> f64 {
        Self::share(2 * self.hits, self.false_alarms + self.misses)
    }

    fn json(self) -> serde_json::Value {
        json!({
            "rows": self.rows,
            "precision": self.precision(),
            "recall": self.recall(),
            "f1": self.f1(),
        })
    }
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let (files, json) = match &args.what {
        What::Topic { files, json } => (files, json),
        What::Stories(args) => return stories::run(args),
    };
    let config = trying::rules(places)?;
    let mut all = Score::default();
    let mut by_language: BTreeMap<String, Score> = BTreeMap::new();
    for path in files {
        let file = File::open(path).with_context(|| path.display().to_string())?;
        for (number, line) in BufReader::new(file).lines().enumerate() {
            let line = line?;
            if line.trim().is_empty() {
                continue;
            }
            let row: Row = serde_json::from_str(&line)
                .with_context(|| format!("{}:{}", path.display(), number + 1))?;
            let mut item = Item::new(&row.id, row.title.unwrap_or_default());
            item.lead = row.summary.unwrap_or_default();
            let (verdict, why) = topic::judge(&config.rules, &item);
            let kept = verdict == Verdict::Keep;
            let language = row.lang.unwrap_or_else(|| "?".to_owned());
            if let Some(label) = row.label {
                all.count(label, kept);
                by_language
                    .entry(language.clone())
                    .or_default()
                    .count(label, kept);
            }
            if *json {
                say(json!({"id": row.id, "verdict": verdict, "why": why}));
            } else if row.label.is_some_and(|label| label != kept) {
                let wrong = if kept {
                    "kept, should not be"
                } else {
                    "missed"
                };
                say(format_args!(
                    "{wrong}: {} [{language}] {}",
                    row.id, item.title
                ));
                for line in topic::explain(verdict, &why).lines() {
                    say(format_args!("    {line}"));
                }
            }
        }
    }
    if *json {
        let mut last = all.json();
        if let Some(last) = last.as_object_mut() {
            let languages = by_language.iter().map(|(l, s)| (l.clone(), s.json()));
            last.insert("by_language".to_owned(), languages.collect());
        }
        say(last);
        return Ok(ExitCode::SUCCESS);
    }
    for (language, score) in &by_language {
        tell(language, *score);
    }
    tell("all", all);
    Ok(ExitCode::SUCCESS)
}

fn tell(name: &str, score: Score) {
    say(format_args!(
        "{name:<8} {:>5} rows  precision {:.3}  recall {:.3}  F1 {:.3}",
        score.rows,
        score.precision(),
        score.recall(),
        score.f1(),
    ));
}
