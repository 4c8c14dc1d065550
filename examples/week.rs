//! A made-up week of eight outlets and five hundred items, played in virtual
//! time: `cargo run --example week -- DIR` writes the feed of every three
//! hours to DIR, as `00.xml`, `01.xml` …, and to `stories` how many stories
//! there were. Between two of them the program starts anew.
//!
//! Outlets bring the same news in the same words, with their names behind
//! them, reworded, under the address of another, hours later; they reword
//! what they have said, and one is down for half a day.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a tool for those who work on the program"
)]

#[allow(dead_code, reason = "the tests use the rest of it")]
#[path = "../tests/score/mod.rs"]
mod score;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use score::{Origin, Reply, Service};

const OUTLETS: [&str; 8] = [
    "Steppe Monitor",
    "Harbour Post",
    "Volga Wire",
    "Old Town Daily",
    "Eastern List",
    "Ala-Too Herald",
    "Caspian Review",
    "Silk Road Journal",
];

const ITEMS: usize = 500;

/// Minutes of the week.
const WEEK: u64 = 7 * 24 * 60;

/// Minutes between two of the editions that are written.
const STEP: u64 = 3 * 60;

/// Items that an outlet lists.
const LISTED: usize = 25;

/// The outlet that is down, and when.
const DOWN: (usize, std::ops::Range<u64>) = (2, 2_000..2_700);

fn main() {
    let directory = std::env::args_os().nth(1).map(PathBuf::from);
    let directory = directory.expect("the directory to write to");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(&directory));
}

async fn play(directory: &Path) {
    let (week, stories) = week();
    let origin = Origin::new();
    for (outlet, items) in week.into_iter().enumerate() {
        let clock = std::sync::Arc::clone(&origin);
        origin.answer(&address(outlet), move |_| {
            let now = clock.now().as_secs() / 60;
            if outlet == DOWN.0 && DOWN.1.contains(&now) {
                Reply::new(503)
            } else {
                Reply::ok(rss(outlet, &items, now))
            }
        });
    }
    let mut service = Service::new(&origin, &config());
    for edition in 0..=WEEK / STEP {
        service.run(Duration::from_mins(STEP)).await;
        std::fs::write(directory.join(format!("{edition:02}.xml")), service.feed()).unwrap();
    }
    std::fs::write(directory.join("stories"), stories.to_string()).unwrap();
}

fn address(outlet: usize) -> String {
    format!("https://outlet{outlet}.example/feed")
}

fn config() -> String {
    let mut config = "[topic]\nvocabulary = \"none\"\n".to_owned();
    for (outlet, title) in OUTLETS.iter().enumerate() {
        let feed = address(outlet);
        write!(
            config,
            "[[source]]\nname = \"outlet-{outlet}\"\ntitle = \"{title}\"\nfeed = \"{feed}\"\n\
             every = \"1h\"\nmatch = \"all\"\n"
        )
        .unwrap();
    }
    config
}

/// What an outlet says.
#[derive(Clone, Debug)]
struct Item {
    /// The minute of the week in which it appears.
    at: u64,
    guid: String,
    link: String,
    title: String,
    lead: String,
    /// What it says later, and from which minute on.
    later: Option<(u64, String)>,
}

/// Numbers that only look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    /// A word of five letters, one of many thousands.
    fn word(&mut self) -> String {
        let mut letter = |letters: &[u8]| {
            let place = self.throw(letters.len() as u64);
            char::from(letters[usize::try_from(place).unwrap()])
        };
        let consonants = b"bdfgklmnprstvz";
        let vowels = b"aeiou";
        [consonants, &vowels[..], consonants, vowels, consonants]
            .map(&mut letter)
            .iter()
            .collect()
    }

    fn words(&mut self, count: usize) -> Vec<String> {
        (0..count).map(|_| self.word()).collect()
    }
}

/// The items of each outlet as they appear, and how many stories they tell.
fn week() -> (Vec<Vec<Item>>, usize) {
    let mut dice = Dice(0x5C0F_EED0);
    let mut week: Vec<Vec<Item>> = vec![Vec::new(); OUTLETS.len()];
    let (mut items, mut stories) = (0, 0);
    while items < ITEMS {
        // At the beginning each outlet has something.
        let at = if stories < OUTLETS.len() {
            0
        } else {
            dice.throw(WEEK - 700)
        };
        let (headline, lead) = (dice.words(8), dice.words(24).join(" "));
        let first = if at == 0 {
            stories
        } else {
            usize::try_from(dice.throw(8)).unwrap()
        };
        let tellers = [1, 1, 1, 2, 2, 3, 3, 4][usize::try_from(dice.throw(8)).unwrap()];
        let mut link = String::new();
        for place in 0..tellers.min(ITEMS - items) {
            let outlet = (first + place * 3) % OUTLETS.len();
            let own = format!("https://outlet{outlet}.example/{stories}");
            if place == 0 {
                link.clone_from(&own);
            }
            // The first is seen first: each is asked once an hour.
            let at = at + if place == 0 { 0 } else { 65 + dice.throw(600) };
            let mut words = headline.clone();
            let (title, link) = match dice.throw(4) {
                _ if place == 0 => (words.join(" "), own),
                0 => (format!("{} - {}", words.join(" "), OUTLETS[outlet]), own),
                1 => (
                    dice.words(8).join(" "),
                    format!("{link}?utm_source=outlet{outlet}"),
                ),
                2 => (format!("LIVE: {}", words.join(" ")), own),
                _ => {
                    words.swap(1, 5);
                    words[6] = dice.word();
                    (words.join(" "), own)
                }
            };
            let later = (dice.throw(8) == 0).then(|| {
                let after = at + 60 + dice.throw(400);
                (after, format!("{title} {}", dice.word()))
            });
            week[outlet].push(Item {
                at,
                guid: format!("outlet{outlet}-{stories}"),
                link,
                title,
                lead: lead.clone(),
                later,
            });
            items += 1;
        }
        stories += 1;
    }
    for items in &mut week {
        items.sort_by_key(|item| item.at);
    }
    (week, stories)
}

/// What an outlet's feed says in this minute of the week.
fn rss(outlet: usize, items: &[Item], now: u64) -> String {
    let mut text = String::new();
    let told = items.iter().rev().filter(|item| item.at <= now);
    for item in told.take(LISTED) {
        let later = item.later.as_ref().filter(|(from, _)| *from <= now);
        let title = later.map_or(&item.title, |(_, title)| title);
        let date = Service::start(i64::try_from(item.at * 60).unwrap());
        let date = date.strftime("%a, %d %b %Y %H:%M:%S GMT");
        write!(
            text,
            "<item><guid isPermaLink=\"false\">{}</guid><title>{title}</title><link>{}</link>\
             <description>{}</description><pubDate>{date}</pubDate></item>",
            item.guid, item.link, item.lead
        )
        .unwrap();
    }
    format!(
        "<rss version=\"2.0\"><channel><title>{}</title>{text}</channel></rss>",
        OUTLETS[outlet]
    )
}
