//! `add`: finds what to poll at an address, shows what it yields, and writes
//! a `[[source]]` behind what stands in feeds.toml.

use std::process::ExitCode;

use anyhow::anyhow;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use super::append::{self, Addition, one_line, polling, quoted};
use super::{Done, Ending, Places, load, places, run, say, trying};
use crate::clock::Clock;
use crate::config::{Config, Source};
use crate::daemon;
use crate::model::{Selectors, SourceKey, Target, WebUrl};
use crate::probe::{self, Found, Offer, Tried, TriedItem};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A feed, a list page, or any page of the site
    #[arg(value_name = "URL")]
    address: String,
    /// The source's name, for ever [default: from the host]
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Shows what would be added, and changes nothing
    #[arg(long)]
    dry_run: bool,
}

pub(super) fn run(places: &Places, args: &Args) -> Done {
    let path = places::config(places)?;
    let config = load(places)?;
    let url = WebUrl::parse(&args.address)
        .ok_or_else(|| anyhow!("not a web address: {}", args.address))?;
    // What would be proposed today may be asked of a source that is there.
    let known = |url: &WebUrl| polling(&config.sources, url).filter(|_| !args.dry_run);
    if let Some(source) = known(&url) {
        return Ok(already(source));
    }
    let now = Clock::System.now();
    let found = run::wait_for(async {
        let fetch = daemon::client(&config)?;
        Ok(probe::find(&url, &config, &fetch, now).await)
    })?;
    let Found {
        asked,
        offer,
        is_forbidden,
    } = found;
    for (address, what) in asked {
        say(format_args!("{address}: {what}"));
    }
    if is_forbidden {
        return Err(anyhow!(
            "robots.txt forbids programs to read {url}: a list page there would never be polled; if the site has a feed, add that"
        )
        .into());
    }
    let Some(offer) = offer else {
        return Err(anyhow!(
            "nothing to poll was found at {url}; if it is a list of news, write `select` for it by hand (feeds.toml(5)), and see with `scofeed try {url}` what it yields"
        )
        .into());
    };
    if let Some(source) = known(offer.target.url()) {
        return Ok(already(source));
    }
    trying::tell(&offer.tried, now);
    if let Some(day) = abandoned(&offer.tried, now) {
        say(format_args!(
            "  the newest item is of {day}; the list may be abandoned"
        ));
    }
    let name = name(&config, args.name.as_deref(), offer.target.url())?;
    let table = table(&name, &offer);
    say(&table);
    let addition = Addition::new(&path, &table)?;
    if args.dry_run {
        addition.only_show();
    } else {
        addition.write()?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What has brought nothing for so long may be abandoned.
const QUIET: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The day of the newest item, if it is long ago.
fn abandoned(tried: &Tried, now: Timestamp) -> Option<Date> {
    let newest = tried.items.iter().filter_map(TriedItem::published).max()?;
    (now.duration_since(newest) > QUIET).then(|| TimeZone::UTC.to_datetime(newest).date())
}

fn already(source: &Source) -> ExitCode {
    let (key, url) = (&source.key, source.target.url());
    say(format_args!(
        "{url} is there already: source \"{key}\"; nothing is added (--dry-run shows what would be)"
    ));
    ExitCode::SUCCESS
}

/// The name as typed, else the host without what all hosts have, and a number
/// if another source is called so.
fn name(config: &Config, typed: Option<&str>, url: &WebUrl) -> Result<SourceKey, Ending> {
    if let Some(typed) = typed {
        let name = SourceKey::new(typed).map_err(|error| anyhow!("{typed}: {error}"))?;
        return if config.sources.contains_key(&name) {
            Err(anyhow!("another source is called \"{name}\"").into())
        } else {
            Ok(name)
        };
    }
    let host = url.as_url().host_str().unwrap_or_default();
    let host = host.trim_start_matches("www.");
    append::free(
        |name| config.sources.contains_key(name),
        &append::slug(host),
    )
    .ok_or_else(|| anyhow!("name it with --name").into())
}

/// The table as an admin would write it.
fn table(name: &SourceKey, offer: &Offer) -> String {
    let Offer {
        target,
        select,
        expect,
        tried,
    } = offer;
    let url = target.url();
    let host = url.as_url().host_str().unwrap_or_default();
    let title = tried.title.as_deref().unwrap_or(host);
    let (kind, what) = match target {
        Target::Feed(_) => ("feed", tried.format.as_deref().unwrap_or("feed")),
        Target::Sitemap(_) => ("sitemap", "a news sitemap"),
        Target::Json(_) => ("json", "a JSON list, read by its likely keys"),
        Target::Page(_) if select.is_some() => ("page", "a list page"),
        Target::Page(_) => ("page", "a list page, read by its build"),
    };
    let items = tried.items.len();
    let mut table = format!(
        "# {}: {what}, {items} items when it was added.\n[[source]]\n",
        one_line(title)
    );
    let mut line =
        |key: &str, value: &str, note: &str| table.push_str(&append::line(key, value, note));
    line("name", &quoted(name.as_str()), "its key for ever");
    line("title", &quoted(&one_line(title)), "as readers see it");
    line(kind, &quoted(url.as_str()), "");
    if let Some(select) = select {
        line("select", &inline(select), "");
    }
    if let Some(expect) = expect {
        let mut terms = vec![format!("items = {}", expect.items)];
        for (key, share) in [("dates", expect.dates), ("links", expect.links)] {
            if share > 0.0 {
                terms.push(format!("{key} = {share:.1}"));
            }
        }
        let contract = format!("{{ {} }}", terms.join(", "));
        line("expect", &contract, "less is reported");
    }
    if url.is_loopback() {
        line("allow_private", "true", "exactly this host");
    }
    let undated = tried.items.iter().any(|item| item.published().is_none());
    if undated || matches!(target, Target::Page(_) | Target::Json(_)) {
        table.push_str("# timezone = \"Area/City\"   # of dates that state none\n");
    }
    table
}

fn inline(select: &Selectors) -> String {
    let Selectors {
        item,
        title,
        link,
        date,
        lead,
        author,
        language,
    } = select;
    let required = [("item", item), ("title", title), ("link", link)];
    let optional = [
        ("date", date),
        ("lead", lead),
        ("author", author),
        ("language", language),
    ];
    let optional = optional
        .into_iter()
        .filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let pairs: Vec<String> = required
        .into_iter()
        .chain(optional)
        .map(|(key, value)| format!("{key} = {}", quoted(value)))
        .collect();
    format!("{{ {} }}", pairs.join(", "))
}
