//! An operator's night: one thing after the other breaks, every output says
//! the same and what to do; in the morning all is well, and no story is lost
//! or there twice.

#![cfg(test)]

use std::time::Duration;

use jiff::SignedDuration;
use scofeed::model::SourceState;

use crate::site::{Answer, Item, Site, item, rss};

const FULL: &str = "CREATE TRIGGER full BEFORE INSERT ON poll
                    BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END;";

/// The subjects of the night's news; no two are alike.
const NEWS: [&str; 12] = [
    "ministers sign a railway accord in Tashkent",
    "observers count votes in Astana",
    "bank lends for a dam near Dushanbe",
    "youth council meets by the sea in Qingdao",
    "defence ministers watch an exercise close to Chelyabinsk",
    "secretariat opens an exhibition of carpets",
    "doctors compare vaccines in Islamabad",
    "foreign ministers agree on one form for customs",
    "poets read in Samarkand",
    "students win a contest of robots in Minsk",
    "farmers ask for cheaper water from Fergana",
    "pilots train together over Sary-Arka",
];

struct Night {
    site: Site,
    /// What the feeds show, by source.
    shown: Vec<(&'static str, usize)>,
}

fn news(n: usize) -> Item {
    item(&format!("n{n}"), &format!("SCO {}", NEWS[n]))
}

fn page(class: &str, items: &[usize]) -> String {
    let row = |n: &usize| {
        format!(
            "<div class=\"{class}\"><a href=\"https://page.example/{n}\">SCO {}</a>\
             <span class=\"time\">2026-11-24</span></div>",
            NEWS[*n]
        )
    };
    let rows: Vec<String> = items.iter().map(row).collect();
    let rows = rows.concat();
    format!("<html><body><ul>{rows}</ul></body></html>")
}

impl Night {
    /// An hour passes: everybody is asked, and everything is looked at.
    async fn hour(&mut self) {
        self.site.poll().await;
        self.site.review();
    }

    /// A feed brings one story more.
    fn brings(&mut self, source: &'static str, n: usize) {
        self.shown.push((source, n));
        let items = self.shown.iter().filter(|(of, _)| *of == source);
        let document = rss(items.map(|(_, n)| news(*n)));
        self.site.says(source, document);
    }

    /// The ids of all stories.
    fn ids(&mut self) -> Vec<String> {
        let entries = self.site.atom().entries;
        let mut ids: Vec<String> = entries.into_iter().map(|entry| entry.id).collect();
        ids.sort();
        ids
    }

    /// Every output tells these incidents as open, and what to do.
    #[track_caller]
    fn tells(told: &Told, expected: &[(&str, &str)]) {
        let status: Vec<_> = told.status.split_whitespace().collect();
        let status = status.join(" ");
        let mut open: Vec<(String, String)> = Vec::new();
        for incident in told.json["incidents"].as_array().unwrap() {
            if !incident["closed"].is_null() {
                continue;
            }
            let scope = incident["scope"].as_str().unwrap_or("-");
            let kind = incident["kind"].as_str().unwrap();
            let todo = incident["todo"].as_str().unwrap();
            assert!(!todo.is_empty(), "{incident}");
            assert!(status.contains(&format!("to do: {todo}")), "{status}");
            open.push((scope.to_owned(), kind.to_owned()));
        }
        open.sort();
        let expected: Vec<_> = expected
            .iter()
            .map(|(scope, kind)| ((*scope).to_owned(), (*kind).to_owned()))
            .collect();
        assert_eq!(open, expected);
        let entries = told.feed.entries.iter();
        let titles = entries.map(|entry| entry.title.clone().unwrap().content);
        let open = titles.filter(|title| title.starts_with("Open: ")).count();
        assert_eq!(open, expected.len());
        let count = format!("scofeed_incidents_open {open}\n");
        assert!(told.metrics.contains(&count), "{count}");
        let told_of = told.status.lines().filter(|l| l.starts_with("incident: "));
        assert_eq!(told_of.count(), open, "{}", told.status);
        let on_page = told.page.contains("Open incidents");
        assert_eq!(on_page, open > 0);
        let headline = told.json["headline"].as_str().unwrap();
        assert_eq!(
            headline == "all 4 sources are well",
            open == 0,
            "{headline}"
        );
        assert!(status.contains(&format!("{headline};")), "{status}");
        let mut headline = headline.to_owned();
        headline[..1].make_ascii_uppercase();
        assert!(
            told.page.contains(&format!("<h1>{headline}</h1>")),
            "{headline}"
        );
    }

    /// The clock jumps ahead and back, and is set right: nobody is asked for
    /// it, and nothing else is told.
    async fn jumps_the_clock(&mut self, open: &[(&str, &str)]) {
        for hours in [7, -7, -26, 26] {
            self.site.set_clock(SignedDuration::from_hours(hours));
            let asked = self.site.requests("steady").len();
            self.site.round().await;
            assert_eq!(self.site.requests("steady").len(), asked, "{hours} hours");
            self.site.review();
            Self::tells(&self.told().await, open);
        }
    }

    /// The database is cut short: the backup takes its place, and what came
    /// since comes again as what it was.
    async fn is_cut_short(&mut self, open: &[(&str, &str)]) {
        self.site.back_up();
        self.brings("steady", 9);
        self.hour().await;
        let ids = self.ids();
        self.site.cut_database(40_000);
        self.site.restart();
        self.site.review();
        let lost = [&[("-", "restored")], open].concat();
        Self::tells(&self.told().await, &lost);
        self.hour().await;
        assert_eq!(self.ids(), ids);
        // Every source was asked again.
        Self::tells(&self.told().await, open);
    }

    async fn told(&mut self) -> Told {
        let served = self.site.open_house().await;
        let json = served.get("/status.json").await.text;
        let feed = served.get("/status.atom").await.text;
        Told {
            status: self.site.status_told().await,
            page: served.get("/status").await.text,
            json: serde_json::from_str(&json).unwrap(),
            feed: feed_rs::parser::parse(feed.as_bytes()).unwrap(),
            metrics: self.site.metrics(),
        }
    }
}

struct Told {
    /// What `scofeed status` prints.
    status: String,
    page: String,
    json: serde_json::Value,
    feed: feed_rs::model::Feed,
    metrics: String,
}

#[tokio::test]
async fn every_trouble_is_told_and_in_the_morning_all_is_well() {
    let site = Site::new()
        .feed("moves", "")
        .feed("garbage", "")
        .feed("steady", "")
        .page("page", &page("item", &[0, 1]))
        .with("expect = { items = 1 }");
    let mut night = Night {
        site,
        shown: Vec::new(),
    };
    night.brings("moves", 2);
    night.brings("garbage", 3);
    night.brings("steady", 4);
    night.hour().await;
    let told = night.told().await;
    Night::tells(&told, &[]);
    let good = night.site.config().to_owned();

    // A list page is rebuilt, a feed moves, another sends garbage.
    night.site.says(
        "page",
        Answer::of("text/html", "<html><body>Welcome</body></html>"),
    );
    let elsewhere = night.site.address("elsewhere");
    night.site.says("moves", Answer::redirect(301, &elsewhere));
    night.site.says("elsewhere", rss([news(2), news(5)]));
    night.site.says(
        "garbage",
        Answer::of("text/html", "<title>Under construction</title>"),
    );
    night.hour().await;
    assert_eq!(night.site.status("page").state, SourceState::BrokenSelector);
    assert_eq!(night.site.status("garbage").state, SourceState::NotAFeed);
    night.hour().await;
    let told = night.told().await;
    Night::tells(&told, &[("garbage", "no-success"), ("page", "breach")]);

    // The configuration is saved half-written.
    let half = &good[..good.len() / 2];
    let mistakes = night.site.reload(&format!("{half}\n[[source")).unwrap_err();
    night.site.refuse(&mistakes.brief());
    night.site.review();
    let told = night.told().await;
    let config = [
        ("-", "config"),
        ("garbage", "no-success"),
        ("page", "breach"),
    ];
    Night::tells(&told, &config);
    assert!(told.metrics.contains("scofeed_config_ok 0\n"));
    night.site.reload(&good).unwrap();
    night.site.review();

    // The disk fills while a story comes: it is not lost.
    night.brings("steady", 6);
    night.site.sql(FULL);
    night.hour().await;
    let told = night.told().await;
    let database = [
        ("-", "database"),
        ("garbage", "no-success"),
        ("page", "breach"),
    ];
    Night::tells(&told, &database);
    assert!(told.metrics.contains("scofeed_db_ok 0\n"));
    night.site.sql("DROP TRIGGER full");
    night.site.wait(Duration::from_mins(3));
    night.site.review();

    // The program is killed, and starts again.
    night.site.restart();
    night.site.review();
    let told = night.told().await;
    Night::tells(&told, &[("garbage", "no-success"), ("page", "breach")]);

    night
        .jumps_the_clock(&[("garbage", "no-success"), ("page", "breach")])
        .await;
    night
        .is_cut_short(&[("garbage", "no-success"), ("page", "breach")])
        .await;

    // In the morning everybody is well.
    night
        .site
        .says("page", Answer::of("text/html", page("item", &[0, 1, 7])));
    night.brings("garbage", 8);
    for _ in 0..3 {
        night.hour().await;
    }
    let told = night.told().await;
    Night::tells(&told, &[]);
    assert_eq!(told.json["headline"], "all 4 sources are well");
    let over = told.feed.entries.len();
    assert_eq!(over, 5, "{:?}", told.feed);
    let mut titles = night.site.titles();
    titles.sort();
    let mut expected: Vec<String> = (0..=9).map(|n| format!("SCO {}", NEWS[n])).collect();
    expected.sort();
    assert_eq!(titles, expected);
}
