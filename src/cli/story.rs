//! `story`: what a story is made of, and repair by hand.

use std::process::ExitCode;

use anyhow::anyhow;

use super::{Done, Ending, Places, places, say};
use crate::clock::Clock;
use crate::daemon::DATABASE;
use crate::ledger;
use crate::model::{Decision, StoryId, WebUrl};
use crate::store::{Found, Reader, Store};
use crate::text::url::canon;

/// Members shown of one story at most.
const MOST: u32 = 1000;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Its members, why each is one, what they said before, and its kin in
    /// other languages
    Show {
        /// A story id, or the address or key of one of its items
        story: String,
    },
    /// Takes an item out of a story that it joined; it stands alone from then
    /// on
    Detach {
        /// The address or key of the item, as it stands
        item: String,
        /// The source, where several have such an item
        #[arg(long)]
        source: Option<String>,
    },
    /// Puts an item into a story, for good
    Join {
        /// The address or key of the item, as it stands
        item: String,
        /// The id of the story
        story: String,
        /// The source, where several have such an item
        #[arg(long)]
        source: Option<String>,
    },
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let reader = places::reader(places)?.ok_or_else(|| anyhow!("there is no database yet"))?;
    let decision = match &args.what {
        What::Show { story } => return show(&reader, story),
        What::Detach { item, source } => detach(&reader, item, source.as_deref())?,
        What::Join {
            item,
            story,
            source,
        } => join(&reader, item, source.as_deref(), story)?,
    };
    drop(reader);
    let mut store = Store::open(&places::data(places)?.join(DATABASE))?;
    store.decide(&decision, Clock::System.now())?;
    say("noted; the service does it within a minute, or when it starts");
    Ok(ExitCode::SUCCESS)
}

fn detach(reader: &Reader, query: &str, source: Option<&str>) -> Result<Decision, Ending> {
    let (found, story) = member_of(reader, query, source)?;
    let decision = Decision::detach(found.source, found.item.key);
    if decision.story != story {
        return Ok(decision);
    }
    let others = ledger::why(reader, &story.urn(), MOST)?;
    let others: Vec<String> = others
        .iter()
        .filter(|other| (&other.source, &other.item.key) != (&decision.source, &decision.key))
        .map(|other| {
            let (source, key) = (&other.source, &other.item.key);
            format!("scofeed story detach {key} --source {source}")
        })
        .collect();
    if others.is_empty() {
        return Err(anyhow!("it stands alone already: {query}").into());
    }
    let others = others.join("\n  ");
    Err(
        anyhow!("it founded its story, which is named after it: let the others leave\n  {others}")
            .into(),
    )
}

fn join(
    reader: &Reader,
    query: &str,
    source: Option<&str>,
    story: &str,
) -> Result<Decision, Ending> {
    let (found, before) = member_of(reader, query, source)?;
    let story = StoryId::parse(story).ok_or_else(|| anyhow!("no story id: {story}"))?;
    if !reader.has_story(story)? {
        return Err(anyhow!("there is no such story: {story}").into());
    }
    if story == before {
        return Err(anyhow!("it is in this story already: {query}").into());
    }
    Ok(Decision::join(found.source, found.item.key, story))
}

/// The one item of this very address or key, and its story. What is decided
/// is final, so words are not enough.
fn member_of(
    reader: &Reader,
    query: &str,
    source: Option<&str>,
) -> Result<(Found, StoryId), Ending> {
    let query = query.trim();
    let canon = WebUrl::parse(query).map(|url| canon(&url));
    let mut found = ledger::why(reader, query, MOST)?;
    found.retain(|found| {
        let item = &found.item;
        item.key.as_str() == query || (canon.is_some() && item.canon == canon)
    });
    if found.is_empty() {
        return Err(anyhow!("no item has this address or key: {query}").into());
    }
    let found = one_of(found, query, source)?;
    let Some((story, ..)) = found.story else {
        let standing = found.standing.as_str();
        return Err(anyhow!("it belongs to no story, for it is {standing}: {query}").into());
    };
    Ok((found, story))
}

/// The one item that the words name.
fn item_of(reader: &Reader, query: &str) -> Result<Found, Ending> {
    one_of(ledger::why(reader, query, MOST)?, query, None)
}

fn one_of(mut found: Vec<Found>, query: &str, source: Option<&str>) -> Result<Found, Ending> {
    found.retain(|found| source.is_none_or(|source| found.source.as_str() == source));
    match (found.pop(), found.is_empty()) {
        (Some(one), true) => Ok(one),
        (Some(other), false) => {
            let sources = found.iter().map(|found| found.source.as_str());
            let sources: Vec<&str> = sources.chain([other.source.as_str()]).collect();
            Err(anyhow!(
                "several items: of {}; name one with --source",
                sources.join(", ")
            )
            .into())
        }
        (None, _) => Err(anyhow!("never seen: {query}").into()),
    }
}

fn show(reader: &Reader, query: &str) -> Done {
    let id = match StoryId::parse(query) {
        Some(id) => id,
        None => {
            let story = item_of(reader, query)?.story;
            story
                .ok_or_else(|| anyhow!("it belongs to no story: {query}"))?
                .0
        }
    };
    let mut members = ledger::why(reader, &id.urn(), MOST)?;
    if members.is_empty() {
        return Err(anyhow!("there is no such story: {id}").into());
    }
    members.sort_by_key(|member| member.seen);
    say(format_args!("story {}", id.urn()));
    if let Some(entered) = members.first().and_then(|member| member.entered) {
        say(format_args!("in the feed since {entered}"));
    }
    for member in members {
        say(format_args!("{}: {}", member.source, member.item.title));
        say(format_args!("  {}", member.item.key));
        let how = member.story.map_or_else(String::new, |(_, how, said)| {
            [how.as_str(), &said].join(" ").trim_end().to_owned()
        });
        let standing = member.standing.as_str();
        say(format_args!("  {standing}; seen {}; {how}", member.seen));
        for before in reader.revisions(&member.source, &member.item.key)? {
            say(format_args!(
                "  said since {}: {}",
                before.since, before.title
            ));
        }
    }
    let kin = reader.detail(id)?.map_or(Vec::new(), |told| told.story.kin);
    for kin in kin {
        let (source, item) = (&kin.shows.source, &kin.shows.item);
        say(format_args!(
            "perhaps the same news: {source}: {}",
            item.title
        ));
        say(format_args!("  {}; {}", kin.id.urn(), kin.said));
    }
    Ok(ExitCode::SUCCESS)
}
