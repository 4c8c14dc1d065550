//! `why`: when an item was seen, its verdict and the exact words, its story,
//! where it is published.

use std::io::Read;
use std::process::ExitCode;

use super::{Done, Ending, Places, places, say, trying};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{
    Field, Item, Reason, ServiceReport, SourceReport, Standing, Verdict, WebUrl, Withheld,
};
use crate::store::{Found, Reader};
use crate::topic::{self, Rules};
use crate::{ledger, rejudge, schedule};

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
    let config = trying::rules(places)?;
    let reader = places::reader(places)?;
    let found = match &reader {
        Some(reader) => ledger::why(reader, &args.query, MOST)?,
        None => Vec::new(),
    };
    if found.is_empty() {
        never(&config, reader.as_ref(), args)?;
        return Ok(ExitCode::FAILURE);
    }
    for found in &found {
        if args.json {
            say(as_json(found));
        } else {
            tell(found, &config);
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// What can be said of an item that no document listed, or that was forgotten
/// since.
fn never(config: &Config, reader: Option<&Reader>, args: &Args) -> Result<(), Ending> {
    let url = WebUrl::parse(&args.query);
    let asked = url.as_ref().and_then(host);
    let (service, now) = (ServiceReport::default(), Clock::System.now());
    let at_host: Vec<SourceReport> = ledger::report(Some(config), reader, service, now)?
        .sources
        .into_iter()
        .filter(|report| {
            let source = config.sources.get(&report.source);
            asked.is_some() && source.and_then(|source| host(source.target.url())) == asked
        })
        .collect();
    if args.json {
        let sources: Vec<_> = at_host.iter().map(|source| &source.source).collect();
        say(serde_json::json!({"query": args.query, "seen": null, "sources": sources}));
        return Ok(());
    }
    say(format_args!("never seen: {}", args.query));
    match (url, at_host.as_slice()) {
        (Some(url), []) => {
            say("  no source is at that host");
            say(format_args!("  `scofeed try {url}` shows what it yields"));
        }
        (Some(_), sources) => {
            say("  no document has listed it");
            for source in sources {
                let read = source
                    .last_ok
                    .map_or_else(|| "never read".to_owned(), |at| format!("read {at:.0}"));
                let (name, state) = (&source.source, source.state.as_str());
                say(format_args!("  {name} is at that host: {state}, {read}"));
            }
        }
        (None, _) => say("  no stored headline holds these words, and no item has that key"),
    }
    say(format_args!(
        "  what is not about the topic keeps its text for {} after it was last listed",
        schedule::words(config.keep)
    ));
    Ok(())
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

fn tell(found: &Found, config: &Config) {
    let item = &found.item;
    let (source, seen) = (&found.source, found.seen);
    if found.pruned.is_some() {
        say(format_args!("{source}: {}", item.key));
    } else {
        say(format_args!("{source}: {}", item.title));
    }
    if let Some(link) = &item.link {
        say(format_args!("  {link}"));
    }
    say(format_args!(
        "  first seen {seen:.0}, last seen {:.0}",
        found.last_seen
    ));
    if let Some(stated) = item.stated {
        say(format_args!("  dated {stated:.0} by its source"));
    }
    if let Some(at) = found.pruned {
        say(format_args!(
            "  its text was given up {at:.0}, as it was not about the topic; verdict and reasons stay"
        ));
    }
    verdict(found, config);
    if let Some(look) = &found.look {
        say(format_args!("  its article page: {look}"));
    }
    say(format_args!(
        "  {}{}",
        found.standing.as_str(),
        meaning(found.standing)
    ));
    if let Some((story, how, said)) = &found.story {
        let said = if said.is_empty() {
            String::new()
        } else {
            format!(" ({said})")
        };
        say(format_args!("  story {story}: {}{said}", how.as_str()));
        if let Some(entered) = found.entered {
            say(format_args!("  in the feed since {entered:.0}"));
            say(format_args!("  {}story/{story}", config.feed.url));
        }
    }
}

/// The host of an address, as outlets are told apart.
fn host(url: &WebUrl) -> Option<&str> {
    let host = url.as_url().host_str()?;
    Some(host.strip_prefix("www.").unwrap_or(host))
}

/// The verdict with its reasons: in force, or under the edited rules.
fn verdict(found: &Found, config: &Config) {
    let source = config.sources.get(&found.source);
    let (verdict, reasons) =
        judged_now(found, config).unwrap_or_else(|| (found.verdict, found.reasons.clone()));
    for line in topic::explain(verdict, &reasons).lines() {
        say(format_args!("  {line}"));
    }
    if let (Some(source), None, true) = (source, found.pruned, reasons.is_empty()) {
        say(format_args!("  {}", searched(&found.item, &source.rules)));
    }
    if source.is_none() {
        say("  its source is not in feeds.toml any more; what it brought stays as it is");
    }
    if verdict != found.verdict {
        say(format_args!(
            "  under the rules of feeds.toml as it stands; in force is {}, until the service reads the file again",
            found.verdict.as_str().to_uppercase()
        ));
    }
}

/// In which of its texts the terms were looked for. A feed that sends
/// headlines alone leaves little to judge.
fn searched(item: &Item, rules: &Rules) -> String {
    let is_there = |field: &Field| match field {
        Field::Title => !item.title.is_empty(),
        Field::Summary => !item.lead.is_empty(),
        Field::Categories => !item.categories.is_empty(),
        Field::Content => !item.content.is_empty(),
    };
    let (there, missing): (Vec<Field>, Vec<Field>) =
        rules.fields().iter().copied().partition(is_there);
    let names = |fields: &[Field]| {
        let names: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
        names.join(", ")
    };
    let searched = format!("searched: {}", names(&there));
    if missing.is_empty() {
        searched
    } else {
        format!("{searched}; its source sends no {}", names(&missing))
    }
}

/// What a standing means to whoever wonders about it.
fn meaning(standing: Standing) -> &'static str {
    match standing {
        Standing::Published => "",
        Standing::Dropped => ": remembered, not published",
        Standing::Near => {
            ": remembered, not published; a context word beside it, or a strong term, would keep it"
        }
        Standing::AwaitingLook => ": its article page is read first; half an hour at most",
        Standing::Withheld(Withheld::Onboarding) => {
            ": older than the ten newest of its source's first poll"
        }
        Standing::Withheld(Withheld::Edit) => {
            ": gained by an edit of the topic, behind the newest fifty of it"
        }
        Standing::Withheld(Withheld::NoLink) => ": no reader could follow it",
        Standing::Withheld(Withheld::Hold) => {
            ": its story waits a little for others to tell it, too (`hold`)"
        }
        Standing::Withheld(Withheld::Quarantine) => {
            ": its source is in quarantine; see `scofeed status`, `scofeed accept`"
        }
    }
}

/// The verdict under the rules as they stand now, if the stored one was given
/// under others. An edit stores again only what it changes.
fn judged_now(found: &Found, config: &Config) -> Option<(Verdict, Vec<Reason>)> {
    let source = config.sources.get(&found.source)?;
    if found.pruned.is_some() || source.rules.generation() == found.generation {
        return None;
    }
    let looked = found.look.as_deref() == Some("read");
    Some(topic::judge(&rejudge::rules(source, looked), &found.item))
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
        "look": found.look,
        "pruned": found.pruned,
    })
}
