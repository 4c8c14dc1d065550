//! `why`: when an item was seen, its verdict and the exact words, its story,
//! where it is published.

use std::io::Read;
use std::process::ExitCode;

use super::{Done, Places, places, say, trying};
use crate::ledger;
use crate::model::Item;
use crate::store::Found;
use crate::topic;

/// Items shown for one query at most.
const MOST: u32 = 20;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An address, an item key, a story id, words of a headline; or `-` to
    /// judge the text on stdin under the present rules
    query: String,
    /// One JSON object an item
    #[arg(long)]
    json: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    if args.query == "-" {
        return judge(places, args.json);
    }
    let found = match places::reader(places)? {
        Some(reader) => ledger::why(&reader, &args.query, MOST)?,
        None => Vec::new(),
    };
    if found.is_empty() {
        say(format_args!("never seen: {}", args.query));
        return Ok(ExitCode::FAILURE);
    }
    for found in &found {
        if args.json {
            say(as_json(found));
        } else {
            tell(found);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn judge(places: &Places, json: bool) -> Done {
    let config = trying::rules(places)?;
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let (title, lead) = text.split_once('\n').unwrap_or((text.as_str(), ""));
    let mut item = Item::new("-", title.trim());
    lead.trim().clone_into(&mut item.lead);
    let (verdict, reasons) = topic::judge(&config.rules, &item);
    if json {
        say(serde_json::json!({"verdict": verdict, "why": reasons}));
    } else {
        say(topic::explain(verdict, &reasons));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(found: &Found) {
    let item = &found.item;
    say(format_args!("{}: {}", found.source, item.title));
    if let Some(link) = &item.link {
        say(format_args!("  {link}"));
    }
    say(format_args!(
        "  first seen {}, last seen {}",
        found.seen, found.last_seen
    ));
    if let Some(stated) = item.stated {
        say(format_args!("  dated {stated} by its source"));
    }
    for line in topic::explain(found.verdict, &found.reasons).lines() {
        say(format_args!("  {line}"));
    }
    say(format_args!("  {}", found.standing.as_str()));
    if let Some((story, how, said)) = &found.story {
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(" ({said})")
        };
        say(format_args!("  story {story}: {}{said}", how.as_str()));
        if let Some(entered) = found.entered {
            say(format_args!("  in the feed since {entered}"));
        }
    }
}

fn as_json(found: &Found) -> serde_json::Value {
    serde_json::json!({
        "source": found.source,
        "item": found.item,
        "seen": found.seen,
        "last_seen": found.last_seen,
        "verdict": found.verdict,
        "why": found.reasons,
        "standing": found.standing.as_str(),
        "story": found.story.as_ref().map(|(id, ..)| id.urn()),
        "how": found.story.as_ref().map(|(_, how, _)| how.as_str()),
        "evidence": found.story.as_ref().map(|(_, _, said)| said),
        "entered": found.entered,
    })
}
