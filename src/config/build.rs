//! From tables to a configuration.

use std::collections::{BTreeMap, HashMap};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::{Offset, TimeZone};
use toml::de::DeTable;

use super::File;
use super::mistakes::Wrong;
use super::syntax::{self, Sound};
use super::table::{At, Notes, Table, near};
use super::{Alert, Config, Feed, Source};
use crate::model::{Expect, Field, List, SecretPlace, Selectors, SourceKey, Target, WebUrl};
use crate::parse::{Recipe, SelectorMistake};
use crate::render::{Only, View};
use crate::schedule::{Look, Pace};
use crate::story::{Layers, Teller};
use crate::text::language;
use crate::topic::{Base, Lists, Match, Rules, TermMistake, Vocabulary};

/// Sources of a configuration at most (H-77).
pub const SOURCES_AT_MOST: usize = 1000;

/// A publisher is not polled more often (C-01).
const EVERY_AT_LEAST: Duration = Duration::from_mins(15);

/// The highest priority of a source.
const PRIORITY_AT_MOST: u8 = 100;

const EVERY: Duration = Duration::from_hours(1);
const KEEP: Duration = Duration::from_hours(30 * 24);
const HOLD_AT_MOST: Duration = Duration::from_hours(6);
const KEEP_AT_LEAST: Duration = Duration::from_hours(24);
const WITHIN: usize = 12;
const SUMMARY: usize = 400;
const LISTEN: ([u8; 4], u16) = ([127, 0, 0, 1], 8080);
const FIELDS: [Field; 3] = [Field::Title, Field::Summary, Field::Categories];
const FIELD_WORDS: [(&str, Field); 4] = [
    ("title", Field::Title),
    ("summary", Field::Summary),
    ("categories", Field::Categories),
    ("content", Field::Content),
];

/// The configuration of these files, if they make one, and what is wrong in
/// each of them. The first may hold everything, the others sources and views.
pub(super) fn config(files: &[File], secrets: &[PathBuf]) -> (Option<Config>, Vec<Vec<Wrong>>) {
    let sounds: Vec<Sound> = files.iter().map(|file| syntax::sound(&file.text)).collect();
    if sounds.iter().any(|sound| !sound.whole) {
        return (None, sounds.into_iter().map(|sound| sound.wrongs).collect());
    }
    let parsed: Vec<_> = sounds
        .iter()
        .map(|sound| {
            let (table, _) = DeTable::parse_recoverable(&sound.text);
            (table, Notes::new(sound.doubtful()))
        })
        .collect();
    let mut roots = parsed.iter().enumerate().map(|(number, (table, notes))| {
        let name = if number == 0 {
            "the file"
        } else {
            "an included file"
        };
        Table::new(name, 0..0, Some(table.get_ref()), notes)
    });
    let config = roots.next().and_then(|root| {
        let included: Vec<Table<'_, '_>> = roots.collect();
        let sound = sounds.iter().all(|sound| sound.wrongs.is_empty());
        whole(&root, &included, secrets, sound)
    });
    let found = parsed.into_iter().map(|(_, notes)| notes.into_inner());
    let wrongs = sounds.iter().zip(found).map(|(sound, mut wrongs)| {
        wrongs.retain(|wrong| !sound.is_damaged(wrong.span.start));
        wrongs.extend(sound.wrongs.iter().cloned());
        wrongs
    });
    (config, wrongs.collect())
}

/// The configuration of the main file and those that it includes. `secrets`:
/// the folders they may be in. `sound`: nothing is damaged in any of them.
fn whole(
    root: &Table<'_, '_>,
    included: &[Table<'_, '_>],
    secrets: &[PathBuf],
    sound: bool,
) -> Option<Config> {
    let (listen, metrics) = server(&root.table("server", "[server]"));
    let feed = feed(&root.table("feed", "[feed]"), listen);
    let alert = alert(&root.table("alert", "[alert]"));
    let publish = publish(&root.table("publish", "[publish]"));
    let keep = keep(&root.table("ledger", "[ledger]"));
    let (base, fields) = topic(&root.table("topic", "[topic]"));
    let common = Common {
        base: base.as_ref(),
        fields: &fields,
        stories: stories(&root.table("stories", "[stories]")),
        language: feed.as_ref().map_or("", |feed| &feed.language),
        ours: feed.as_ref().map(|feed| &feed.url),
        secrets,
    };
    root.strings("include");
    let all = || std::iter::once(root).chain(included);
    let tables = all().flat_map(|file| file.tables("source", "[[source]]"));
    let (sources, complete) = sources(tables.collect(), &common);
    let language = feed.as_ref().map_or("en", |feed| &feed.language);
    let tables: Vec<_> = all()
        .flat_map(|file| file.tables("view", "[[view]]"))
        .collect();
    let complete = complete && all().all(|file| file.is_several("source"));
    let all_are_read = complete && sound && !all().any(Table::has_strangers);
    let known = all_are_read.then_some(&sources);
    let views = views(tables, known, language);
    all().for_each(Table::finish);
    let rules = base.and_then(|base| base.rules(&Lists::default(), &fields, Match::Topic).ok());
    Some(Config {
        feed: feed?,
        rules: rules?,
        sources,
        keep,
        views,
        listen,
        metrics,
        alert,
        publish,
    })
}

/// Where the edition is served, and the metrics.
fn server(table: &Table<'_, '_>) -> (SocketAddr, Option<SocketAddr>) {
    let notes = table.notes;
    let listen = address(table, "listen").map(|listen| listen.value);
    let listen = listen.unwrap_or(SocketAddr::from(LISTEN));
    let metrics = address(table, "metrics").filter(|metrics| {
        if metrics.value.port() > 0 && metrics.value == listen {
            notes.wrong_with_help(
                metrics.span.clone(),
                "`metrics` is the address of `listen`",
                "give it another port, such as \"127.0.0.1:9464\"",
            );
            return false;
        }
        let is_own = metrics.value.ip().is_loopback();
        if !is_own {
            notes.wrong_with_help(
                metrics.span.clone(),
                "`metrics` are for this machine only",
                "a loopback address, such as \"127.0.0.1:9464\"",
            );
        }
        is_own
    });
    table.finish();
    (listen, metrics.map(|metrics| metrics.value))
}

fn address(table: &Table<'_, '_>, key: &'static str) -> Option<At<SocketAddr>> {
    let notes = table.notes;
    let text = table.text(key)?;
    match text.value.parse() {
        Ok(value) => Some(At {
            value,
            span: text.span,
        }),
        Err(_) => {
            notes.wrong_with_help(
                text.span,
                format!("`{key}` is no address: \"{}\"", text.value),
                "an address and a port, such as \"127.0.0.1:8080\" or \"[::1]:8080\"",
            );
            None
        }
    }
}

/// A program and its arguments, which no shell reads, and an address.
fn alert(table: &Table<'_, '_>) -> Alert {
    let notes = table.notes;
    let typed = table.strings("command");
    let is_empty = typed.as_ref().is_some_and(Vec::is_empty);
    let command = typed.unwrap_or_default();
    let program = command.first().filter(|word| word.value.is_empty());
    let program = program.map(|word| word.span.clone());
    if let Some(span) = program.or_else(|| is_empty.then(|| table.span.clone())) {
        notes.wrong_with_help(
            span,
            "`command` in [alert] names no program",
            "command = [\"/usr/local/bin/tell-me\"]",
        );
    }
    let webhook = table.text("webhook");
    let webhook = webhook.and_then(|webhook| web_url(&webhook, "webhook", notes));
    if table.is_there() {
        table.needs(
            &["command", "webhook"],
            "[alert] tells nobody",
            "give it a `command` or a `webhook`",
        );
    }
    table.finish();
    Alert {
        command: command.into_iter().map(|word| word.value).collect(),
        webhook,
    }
}

fn publish(table: &Table<'_, '_>) -> Option<PathBuf> {
    let directory = table.text("directory");
    table.finish();
    directory.map(|directory| directory.value.into())
}

/// What holds for all sources.
struct Common<'f> {
    base: Option<&'f Base>,
    fields: &'f [Field],
    stories: Stories,
    language: &'f str,
    /// Where we publish ourselves.
    ours: Option<&'f WebUrl>,
    secrets: &'f [PathBuf],
}

/// How the items of all sources are joined.
struct Stories {
    layers: Layers,
    across: bool,
    hold: Duration,
}

fn stories(table: &Table<'_, '_>) -> Stories {
    let notes = table.notes;
    let similar = table.boolean("similar").unwrap_or(true);
    let across = table.boolean("across").unwrap_or(true);
    let hold = timed(table, "hold", notes);
    table.finish();
    if let Some((_, span)) = hold.clone().filter(|(hold, _)| *hold > HOLD_AT_MOST) {
        notes.wrong_with_help(
            span,
            "no story is held longer than six hours",
            "\"15m\" is enough for the agencies to have it",
        );
    }
    Stories {
        layers: if similar { Layers::All } else { Layers::Exact },
        across,
        hold: hold.map_or(Duration::ZERO, |(hold, _)| hold),
    }
}

fn feed(table: &Table<'_, '_>, listen: SocketAddr) -> Option<Feed> {
    let notes = table.notes;
    let title = table
        .text("title")
        .map_or_else(|| "SCO".to_owned(), |title| title.value);
    let url = match table.text("url") {
        Some(url) => web_url(&url, "url", notes).and_then(|url| {
            // A base to which paths are added ends in a slash.
            let path = url.as_url().path();
            if path.ends_with('/') {
                Some(url)
            } else {
                url.join(&format!("{path}/"))
            }
        }),
        None => WebUrl::parse(&format!("http://{listen}/")),
    };
    let contact = table.text("contact").filter(|contact| {
        let known = ["mailto:", "http://", "https://"]
            .iter()
            .any(|s| contact.value.starts_with(s));
        let plain = contact
            .value
            .bytes()
            .all(|b| b.is_ascii_graphic() && !b"()".contains(&b));
        if !known || !plain {
            notes.wrong_with_help(
                contact.span.clone(),
                "`contact` is no address that a publisher could use",
                "such as \"mailto:editor@example.org\" or \"https://example.org/about\"",
            );
        }
        known && plain
    });
    let language = language_tag(table.text("language"), notes);
    let rights = table.text("rights").map(|rights| rights.value);
    let hub = table.text("hub");
    let hub = hub.and_then(|hub| web_url(&hub, "hub", notes));
    table.finish();
    Some(Feed {
        title,
        url: url?,
        contact: contact.map(|contact| contact.value),
        language: language.unwrap_or_else(|| "en".to_owned()),
        rights,
        hub,
    })
}

fn topic(table: &Table<'_, '_>) -> (Option<Base>, Vec<Field>) {
    let notes = table.notes;
    let vocabulary = table
        .word("vocabulary", &[("sco", true), ("none", false)])
        .unwrap_or(true);
    let vocabulary = if vocabulary {
        Vocabulary::sco()
    } else {
        Vocabulary::none()
    };
    let within = table.number("within", 0, 1000).unwrap_or(WITHIN);
    let fields = fields(table, &FIELDS, notes);
    let lists = TypedLists::read(table);
    let remove = table.strings("remove").unwrap_or_default();
    table.finish();
    let texts: Vec<String> = remove.iter().map(|term| term.value.clone()).collect();
    let base = Base::compile(&vocabulary, &texts, &lists.lists(), within);
    let base = base
        .map_err(|mistakes| lists.note(&mistakes, &remove, notes))
        .ok();
    (base, fields)
}

fn fields(table: &Table<'_, '_>, otherwise: &[Field], notes: &Notes) -> Vec<Field> {
    let Some(words) = table.strings("fields") else {
        return otherwise.to_vec();
    };
    let mut fields = Vec::new();
    for word in words {
        match FIELD_WORDS.iter().find(|(name, _)| *name == word.value) {
            Some((_, field)) => fields.push(*field),
            None => notes.wrong_with_help(
                word.span,
                format!("there is no field \"{}\"", word.value),
                "the fields are \"title\", \"summary\", \"categories\" and \"content\"",
            ),
        }
    }
    fields
}

/// The four lists with the place of every term.
struct TypedLists([(List, Vec<At<String>>); 4]);

impl TypedLists {
    fn read(table: &Table<'_, '_>) -> Self {
        Self([
            (List::Strong, table.strings("strong").unwrap_or_default()),
            (List::Weak, table.strings("weak").unwrap_or_default()),
            (List::Context, table.strings("context").unwrap_or_default()),
            (List::Not, table.strings("not").unwrap_or_default()),
        ])
    }

    fn lists(&self) -> Lists {
        let [strong, weak, context, not] = self
            .0
            .each_ref()
            .map(|(_, terms)| terms.iter().map(|term| term.value.clone()).collect());
        Lists {
            strong,
            weak,
            context,
            not,
        }
    }

    fn note(&self, mistakes: &[TermMistake], remove: &[At<String>], notes: &Notes) {
        for mistake in mistakes {
            let terms = match mistake.list {
                Some(list) => self
                    .0
                    .iter()
                    .find(|(l, _)| *l == list)
                    .map(|(_, t)| t.as_slice()),
                None => Some(remove),
            };
            if let Some(term) = terms.and_then(|terms| terms.get(mistake.index)) {
                notes.wrong(term.span.clone(), mistake.said.clone());
            }
        }
    }
}

/// The sources, and whether these are all: a view that names one of the
/// others is not to blame.
fn sources(tables: Vec<Table<'_, '_>>, common: &Common<'_>) -> (BTreeMap<SourceKey, Source>, bool) {
    let mut sources = BTreeMap::new();
    let mut complete = true;
    let mut urls: HashMap<WebUrl, SourceKey> = HashMap::new();
    if let Some(table) = tables.get(SOURCES_AT_MOST) {
        table.notes.wrong(
            table.span.clone(),
            format!("more than {SOURCES_AT_MOST} sources"),
        );
        return (sources, false);
    }
    for table in tables {
        let notes = table.notes;
        let source = source(&table, common);
        table.finish();
        let Some((source, name, address)) = source else {
            complete = false;
            continue;
        };
        if sources.contains_key(&source.key) {
            notes.wrong_with_help(
                name,
                format!("a second source is called \"{}\"", source.key),
                "a name is a source's key: give this one another",
            );
            continue;
        }
        if common
            .ours
            .is_some_and(|ours| source.target.url().is_sheet_of(ours))
        {
            table.notes.wrong_with_help(
                address.clone(),
                "this is the feed that we publish ourselves",
                "`url` in [feed] says so",
            );
        }
        if let Some(other) = urls.insert(source.target.url().clone(), source.key.clone()) {
            notes.wrong_with_help(
                address,
                format!("source \"{other}\" has the same address"),
                "one of the two is enough",
            );
        }
        sources.insert(source.key.clone(), source);
    }
    (sources, complete)
}

/// Names that stand for something else below the site's address.
const TAKEN: [&str; 5] = ["archive", "lang", "search", "status", "story"];

fn views(
    tables: Vec<Table<'_, '_>>,
    sources: Option<&BTreeMap<SourceKey, Source>>,
    language: &str,
) -> Vec<View> {
    let mut views: Vec<View> = Vec::new();
    for table in tables {
        let view = view(&table, sources, language);
        table.finish();
        let Some((view, name)) = view else {
            continue;
        };
        if views.iter().any(|other| other.path == view.path) {
            table
                .notes
                .wrong(name, format!("a second view is called \"{}\"", view.label));
            continue;
        }
        views.push(view);
    }
    views
}

/// A view with the place of its name.
fn view(
    table: &Table<'_, '_>,
    sources: Option<&BTreeMap<SourceKey, Source>>,
    language: &str,
) -> Option<(View, Place)> {
    let notes = table.notes;
    let name = table.text("name");
    let title = table.text("title").map(|title| title.value);
    let languages: Option<Vec<String>> = table.strings("languages").map(|tags| {
        let tags = tags.into_iter();
        tags.filter_map(|tag| language_tag(Some(tag), notes))
            .collect()
    });
    let named = table.strings("sources").map(|names| {
        let names = names.into_iter();
        names
            .filter_map(|name| known_source(&name, sources, notes))
            .collect::<Vec<_>>()
    });
    let values = |strings: Option<Vec<At<String>>>| {
        strings.map(|strings| strings.into_iter().map(|s| s.value).collect::<Vec<_>>())
    };
    let categories = values(table.strings("categories"));
    let words = values(table.strings("words"));
    table.needs(
        &["name"],
        "a view without `name`",
        "its name is its address below the site's, such as \"trade\"",
    );
    let name = name?;
    if SourceKey::new(&name.value).is_err() || TAKEN.contains(&&*name.value) {
        notes.wrong_with_help(
            name.span,
            format!("\"{}\" cannot be a view's name", name.value),
            format!(
                "1 to 64 of the letters a-z, 0-9 and -, and none of {}",
                TAKEN.join(", ")
            ),
        );
        return None;
    }
    table.needs(
        &["languages", "sources", "categories", "words"],
        format!("view \"{}\" selects nothing", name.value),
        "give it `languages`, `sources`, `categories` or `words`",
    );
    let title = title.unwrap_or_else(|| name.value.clone());
    let language = match languages.as_deref() {
        Some([one]) => one.clone(),
        _ => language.to_owned(),
    };
    let view = View {
        path: format!("{}/", name.value),
        label: title.clone(),
        title,
        language,
        only: Only::new(
            languages.unwrap_or_default(),
            named.unwrap_or_default(),
            &categories.unwrap_or_default(),
            &words.unwrap_or_default(),
        ),
    };
    Some((view, name.span))
}

/// The source of this name. Whether there is one is only known if all are.
fn known_source(
    name: &At<String>,
    sources: Option<&BTreeMap<SourceKey, Source>>,
    notes: &Notes,
) -> Option<SourceKey> {
    let sources = sources?;
    let known: Vec<&str> = sources.keys().map(SourceKey::as_str).collect();
    let key = SourceKey::new(&name.value).ok();
    let key = key.filter(|key| sources.contains_key(key));
    if key.is_none() {
        let said = format!("no source is called \"{}\"", name.value);
        match near(&name.value, &known) {
            Some(near) => {
                notes.wrong_with_help(name.span.clone(), said, format!("did you mean \"{near}\"?"));
            }
            None => notes.wrong(name.span.clone(), said),
        }
    }
    key
}

type Place = std::ops::Range<usize>;

/// A source with the places of its name and its address.
fn source(table: &Table<'_, '_>, common: &Common<'_>) -> Option<(Source, Place, Place)> {
    let notes = table.notes;
    let key = source_key(table, notes);
    let target = target(table, notes);
    let title = table.text("title").map(|title| title.value);
    let enabled = table.boolean("enabled").unwrap_or(true);
    let allow_private = table.boolean("allow_private").unwrap_or(false);
    let priority = table.number("priority", 0, PRIORITY_AT_MOST.into());
    let priority = u8::try_from(priority.unwrap_or(0)).unwrap_or(PRIORITY_AT_MOST);
    let layers = match table.boolean("join") {
        Some(false) => Layers::None,
        Some(true) | None => common.stories.layers,
    };
    let proxy = table.text("proxy");
    let proxy = proxy.and_then(|proxy| web_url(&proxy, "proxy", notes));
    let pace = pace(table, target.as_ref().map(|(target, _)| target), notes);
    let robots = table.text("robots").map(|reason| reason.value);
    let matching = table
        .word(
            "match",
            &[
                ("topic", Match::Topic),
                ("strong", Match::Strong),
                ("all", Match::All),
            ],
        )
        .unwrap_or_default();
    let look = table
        .word(
            "look",
            &[
                ("off", Look::Off),
                ("near", Look::Near),
                ("kept", Look::Kept),
                ("all", Look::All),
            ],
        )
        .unwrap_or_default();
    let fields = fields(table, common.fields, notes);
    let lists = TypedLists::read(table);
    let summary = table.number("summary", 0, 10_000).unwrap_or(SUMMARY);
    let rights = table.text("rights").map(|rights| rights.value);
    let rules = common.base;
    let rules = rules.and_then(|base| self::rules(base, &lists, &fields, matching, notes));
    let recipe = recipe(
        table,
        target.as_ref().map(|(target, _)| target),
        &fields,
        notes,
    );
    let secret = secret(
        table,
        target.as_ref().map(|(target, _)| target),
        common.secrets,
    );
    let (key, name) = key?;
    let (target, address) = target?;
    let title = title.unwrap_or_else(|| key.to_string());
    let teller = Teller::new(key.clone(), &title, layers);
    let source = Source {
        teller: teller
            .ranked(priority, common.language)
            .across(common.stories.across),
        hold: common.stories.hold,
        title,
        key,
        target,
        enabled,
        recipe: recipe?,
        rules: rules?,
        pace,
        robots,
        look,
        summary,
        rights,
        allow_private,
        secret,
        proxy,
    };
    Some((source, name, address))
}

/// Where a source's secret is. It is told to nobody in the open.
fn secret(
    table: &Table<'_, '_>,
    target: Option<&Target>,
    folders: &[PathBuf],
) -> Option<SecretPlace> {
    let At { value: name, span } = table.text("secret")?;
    let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.chars().all(is_of_name) || name.starts_with('.') {
        table.notes.wrong_with_secret(
            span,
            "`secret` is the name of a file that holds it, not the secret itself",
            "letters, digits, -, _ and ., such as \"lake-post\"",
        );
        return None;
    }
    let url = target.map(Target::url);
    if url.is_some_and(|url| url.as_url().scheme() != "https" && !url.is_loopback()) {
        table.notes.wrong_with_help(
            span,
            "a secret is told over https only",
            "write the address with https://",
        );
    }
    Some(SecretPlace {
        name,
        folders: folders.to_vec(),
    })
}

fn rules(
    base: &Base,
    lists: &TypedLists,
    fields: &[Field],
    matching: Match,
    notes: &Notes,
) -> Option<Rules> {
    base.rules(&lists.lists(), fields, matching)
        .map_err(|mistakes| lists.note(&mistakes, &[], notes))
        .ok()
}

fn source_key(table: &Table<'_, '_>, notes: &Notes) -> Option<(SourceKey, Place)> {
    table.needs(
        &["name"],
        "a source without `name`",
        "its name is its key for ever; readers see its `title`",
    );
    let name = table.string("name")?;
    match SourceKey::new(&name.value) {
        Ok(key) => Some((key, name.span)),
        Err(error) => {
            let said = format!("\"{}\" cannot be a source's name", name.value);
            let help = match SourceKey::new(&slug(&name.value)) {
                Ok(key) => format!("such as \"{key}\"; readers see its `title`"),
                Err(_) => error.to_string(),
            };
            notes.wrong_with_help(name.span, said, help);
            None
        }
    }
}

/// The name that a title would make.
fn slug(title: &str) -> String {
    let words = title.split(|c: char| !c.is_ascii_alphanumeric());
    let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
    words.join("-").to_ascii_lowercase()
}

fn target(table: &Table<'_, '_>, notes: &Notes) -> Option<(Target, Place)> {
    type Kind = (&'static str, fn(WebUrl) -> Target);
    const KINDS: [Kind; 4] = [
        ("feed", Target::Feed),
        ("page", Target::Page),
        ("sitemap", Target::Sitemap),
        ("json", Target::Json),
    ];
    let typed = KINDS.map(|(key, target)| table.text(key).map(|url| (key, target, url)));
    let mut typed = typed.into_iter().flatten();
    table.needs(
        &KINDS.map(|(key, _)| key),
        "a source without an address",
        "give it a `feed`, a `page`, a `sitemap` or a `json` list",
    );
    let (key, target, url) = typed.next()?;
    if let Some((other, _, second)) = typed.next() {
        notes.wrong_with_help(
            second.span,
            format!("a source has one address: `{key}` or `{other}`, not both"),
            "give up one of the two, or make it a source of its own",
        );
        return None;
    }
    Some((target(web_url(&url, key, notes)?), url.span))
}

fn timed(table: &Table<'_, '_>, key: &'static str, notes: &Notes) -> Option<(Duration, Place)> {
    let typed = table.text(key)?;
    let time = duration(&typed.value);
    if time == Some(Duration::ZERO) {
        notes.wrong_with_help(
            typed.span,
            format!("`{key}` must be more than 0"),
            "a number with s, m, h or d, such as \"90m\" or \"1h 30m\"",
        );
        return None;
    }
    if time.is_none() {
        notes.wrong_with_help(
            typed.span.clone(),
            format!("`{key}` is no duration: \"{}\"", typed.value),
            "a number with s, m, h or d, such as \"90m\" or \"1h 30m\"",
        );
    }
    Some((time?, typed.span))
}

fn keep(table: &Table<'_, '_>) -> Duration {
    let notes = table.notes;
    let keep = timed(table, "keep", notes);
    table.finish();
    match keep {
        Some((keep, span)) if keep < KEEP_AT_LEAST => {
            notes.wrong_with_help(
                span,
                "`keep` is less than a day",
                "an edit of the topic can only bring back what is kept; \"30d\" is the default",
            );
            KEEP
        }
        Some((keep, _)) => keep,
        None => KEEP,
    }
}

fn pace(table: &Table<'_, '_>, target: Option<&Target>, notes: &Notes) -> Pace {
    if table
        .text("every")
        .is_some_and(|typed| typed.value == "auto")
    {
        return Pace::Auto;
    }
    let Some((every, span)) = timed(table, "every", notes) else {
        return Pace::Every(EVERY);
    };
    let loopback = target.is_some_and(|target| target.url().is_loopback());
    if every < EVERY_AT_LEAST && !loopback {
        notes.wrong_with_help(
            span,
            "a publisher is not polled more often than every 15 minutes",
            "\"15m\" or more; \"1h\" is what most publishers expect",
        );
    }
    Pace::Every(every)
}

fn duration(text: &str) -> Option<Duration> {
    let mut whole = Duration::ZERO;
    for part in text.split_whitespace() {
        let (number, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
        let seconds = match unit {
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            _ => return None,
        };
        let number: u32 = number.parse().ok()?;
        whole = whole.saturating_add(Duration::from_secs(u64::from(number) * seconds));
    }
    (!text.trim().is_empty()).then_some(whole)
}

fn recipe(
    table: &Table<'_, '_>,
    target: Option<&Target>,
    fields: &[Field],
    notes: &Notes,
) -> Option<Recipe> {
    let zone = table.text("timezone").map(|zone| time_zone(&zone, notes));
    let language = language_tag(table.text("language"), notes);
    let select = table.table("select", "select");
    let expect = table.table("expect", "expect");
    let default = Expect::default();
    let contract = Expect {
        items: expect.number("items", 0, 5000).unwrap_or(default.items),
        dates: expect.share("dates").unwrap_or(default.dates),
        links: expect.share("links").unwrap_or(default.links),
        titles: expect.share("titles").unwrap_or(default.titles),
    };
    expect.finish();
    let recipe = match target {
        Some(Target::Page(_)) => selectors(&select)
            .and_then(|typed| compiled(&select, typed, contract, Recipe::page, notes)),
        Some(Target::Json(_)) => selectors(&select)
            .and_then(|typed| compiled(&select, typed, contract, Recipe::json, notes)),
        Some(Target::Sitemap(_)) => {
            refuse(
                &select,
                "only a `page` or a `json` list is read with selectors",
                "give this line up, or write `page` or `json` in place of `sitemap`",
                notes,
            );
            Some(Recipe::sitemap(contract))
        }
        Some(Target::Feed(_)) => {
            for table in [&select, &expect] {
                let said = "a feed needs no selectors and no contract";
                let help = "give this line up, or write `page` in place of `feed`";
                refuse(table, said, help, notes);
            }
            Some(Recipe::feed())
        }
        None => Some(Recipe::feed()),
    };
    let mut recipe = recipe?.language(language);
    if let Some(zone) = zone {
        recipe = recipe.zone(zone?);
    }
    if fields.contains(&Field::Content) {
        recipe = recipe.with_content();
    }
    Some(recipe)
}

fn refuse(table: &Table<'_, '_>, said: &str, help: &str, notes: &Notes) {
    if table.is_there() {
        notes.wrong_with_help(table.span.clone(), said, help);
    }
}

/// The keys of `select`.
const SELECT: [&str; 7] = [
    "item", "title", "link", "date", "lead", "author", "language",
];

/// The selectors as typed with their places.
type Typed = (Selectors, [Option<Place>; 7]);

/// `None` if they are wrong; `Some(None)` if there are none.
#[expect(
    clippy::option_option,
    reason = "no selectors are one thing, wrong ones another"
)]
fn selectors(select: &Table<'_, '_>) -> Option<Option<Typed>> {
    if !select.is_there() {
        return Some(None);
    }
    let [item, title, link, date, lead, author, language] = SELECT.map(|key| select.text(key));
    for key in ["item", "title", "link"] {
        select.needs(
            &[key],
            format!("`select` needs `{key}`"),
            "select = { item = \"…\", title = \"…\", link = \"…\" }, or none: then the \
             build of the page is read",
        );
    }
    select.finish();
    let places = [&item, &title, &link, &date, &lead, &author, &language]
        .map(|selector| selector.as_ref().map(|selector| selector.span.clone()));
    let text = |selector: Option<At<String>>| selector.map(|selector| selector.value);
    let selectors = Selectors {
        item: text(item)?,
        title: text(title)?,
        link: text(link)?,
        date: text(date),
        lead: text(lead),
        author: text(author),
        language: text(language),
    };
    Some(Some((selectors, places)))
}

fn compiled(
    select: &Table<'_, '_>,
    typed: Option<Typed>,
    contract: Expect,
    recipe: fn(Option<&Selectors>, Expect) -> Result<Recipe, Vec<SelectorMistake>>,
    notes: &Notes,
) -> Option<Recipe> {
    let (selectors, places) = typed.unzip();
    recipe(selectors.as_ref(), contract)
        .map_err(|mistakes| {
            for mistake in mistakes {
                let place = SELECT.iter().position(|key| *key == mistake.key);
                let place = place.and_then(|at| places.as_ref()?.get(at)?.clone());
                notes.wrong_with_help(
                    place.unwrap_or(select.span.clone()),
                    format!("`{}` is no selector: {}", mistake.key, mistake.said),
                    "as in a style sheet, such as \"li\" or \".news a\"",
                );
            }
        })
        .ok()
}

fn time_zone(typed: &At<String>, notes: &Notes) -> Option<TimeZone> {
    let zone = TimeZone::get(&typed.value)
        .ok()
        .or_else(|| fixed_zone(&typed.value));
    if zone.is_none() {
        notes.wrong_with_help(
            typed.span.clone(),
            format!("there is no time zone \"{}\"", typed.value),
            "a name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"",
        );
    }
    zone
}

fn fixed_zone(text: &str) -> Option<TimeZone> {
    let (sign, rest) = match text.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    let (hours, minutes) = rest.split_once(':')?;
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let legal = (0..=14).contains(&hours) && (0..60).contains(&minutes);
    let offset = Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()?;
    legal.then(|| TimeZone::fixed(offset))
}

fn language_tag(typed: Option<At<String>>, notes: &Notes) -> Option<String> {
    let typed = typed?;
    let tag = language::tag(&typed.value);
    if tag.is_none() {
        notes.wrong_with_help(
            typed.span,
            format!("\"{}\" is no language tag", typed.value),
            "such as \"en\", \"ru\" or \"zh-hans\"",
        );
    }
    tag
}

/// The part of an address that keeps it from being one, if it is known.
fn part_of_address(text: &str) -> Option<(String, &'static str)> {
    let (_, rest) = text.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?;
    if host.contains(char::is_whitespace) {
        let said = "has a space in its host".to_owned();
        return Some((said, "delete the space"));
    }
    let (_, port) = host.rsplit_once(':')?;
    let is_number = !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    (is_number && port.parse::<u16>().is_err()).then(|| {
        let said = format!("has a port that is none: {port}");
        (said, "a port is 1 to 65535; most addresses need none")
    })
}

fn web_url(typed: &At<String>, key: &str, notes: &Notes) -> Option<WebUrl> {
    const HELP: &str = "an absolute address that begins with https:// or http://";
    let hides = typed.value.contains('@');
    let Some(url) = WebUrl::parse(&typed.value) else {
        if hides {
            notes.wrong_with_secret(
                typed.span.clone(),
                format!("`{key}` is no web address"),
                HELP,
            );
        } else if let Some((said, help)) = part_of_address(&typed.value) {
            notes.wrong_with_help(typed.span.clone(), format!("`{key}` {said}"), help);
        } else {
            let said = format!("`{key}` is no web address: \"{}\"", typed.value);
            notes.wrong_with_help(typed.span.clone(), said, HELP);
        }
        return None;
    };
    if !url.as_url().username().is_empty() || url.as_url().password().is_some() {
        notes.wrong_with_secret(
            typed.span.clone(),
            format!("`{key}` holds a user name or password"),
            "this file is no place for secrets: write the address without them",
        );
        return None;
    }
    Some(url)
}
