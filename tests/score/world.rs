//! Worlds made of a seed: publishers of every kind, and what happens to the
//! service in some days; then the verdict on the record.

mod judge;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::SignedDuration;
use scofeed::fetch::{Exit, Wire};
use scofeed::model::{Failure, Head, Hints, Validators, WebUrl};
use scofeed::parse::{self, Recipe};
use scofeed::render::Edition;

use super::origin::Home;
use super::{Origin, Reply, Request, Service, rss};

const HOUR: Duration = Duration::from_hours(1);
const DAY: Duration = Duration::from_hours(24);

/// Over sockets the first byte of an answer is waited for so long (C-05).
const FIRST_BYTE: Duration = Duration::from_secs(15);

/// The service gives up after so many days the texts that are not about the
/// topic.
const KEEP: u32 = 90;

/// What a world is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) sources: usize,
    pub(crate) days: u32,
    pub(crate) restarts: usize,
    pub(crate) kills: usize,
    pub(crate) edits: usize,
    pub(crate) steps: usize,
    pub(crate) outages: usize,
    /// One item in so many is about the topic.
    pub(crate) kept_one_in: u64,
    /// The intervals of its sources, in minutes.
    pub(crate) every: &'static [u64],
    /// Over sockets of loopback. Redirects to other hosts are then refused,
    /// so nothing moves.
    pub(crate) sockets: bool,
}

impl Plan {
    /// Ten sources, three days.
    pub(crate) fn small(seed: u64) -> Self {
        Self {
            seed,
            sources: 10,
            days: 3,
            restarts: 12,
            kills: 4,
            edits: 3,
            steps: 2,
            outages: 1,
            kept_one_in: 12,
            every: &[60, 120, 180, 240],
            sockets: false,
        }
    }

    /// Fifty sources, thirty days.
    pub(crate) fn full(seed: u64) -> Self {
        Self {
            seed,
            sources: 50,
            days: 30,
            restarts: 200,
            kills: 20,
            edits: 12,
            steps: 8,
            outages: 5,
            kept_one_in: 60,
            every: &[60, 120, 180, 240],
            sockets: false,
        }
    }

    /// The same with fewer requests and editions, for a build that is not
    /// optimised.
    pub(crate) fn calm(self) -> Self {
        Self {
            kept_one_in: 120,
            every: &[240, 360, 480],
            ..self
        }
    }
}

/// The counters: those that must be 0, and those that tell what was tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Score {
    pub(crate) requests: usize,
    pub(crate) not_modified: usize,
    pub(crate) unconditional: usize,
    pub(crate) first_unconditional: usize,
    pub(crate) doubts: usize,
    pub(crate) made_up: usize,
    pub(crate) out_of_sequence: usize,
    pub(crate) too_soon: usize,
    pub(crate) crowded: usize,
    pub(crate) useless_fields: usize,
    pub(crate) entries: usize,
    /// Everything that is wrong, in words.
    pub(crate) wrong: Vec<String>,
}

/// A generator of its own, so that a seed is the same world everywhere.
#[derive(Clone, Debug)]
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 up to, and without, `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end.max(1)
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }

    fn pick<T: Copy>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()]
    }

    fn time(&mut self, most: Duration) -> Duration {
        Duration::from_millis(self.below(u64::try_from(most.as_millis()).unwrap()))
    }

    /// A word that nobody knows, so that no two headlines are alike.
    fn word(&mut self) -> String {
        let syllables = [
            "ba", "ko", "ri", "tu", "ze", "mi", "lo", "sha", "ven", "dor", "qui",
        ];
        (0..3).map(|_| self.pick(&syllables)).collect()
    }
}

#[derive(Clone, Debug)]
struct Item {
    /// When it appears, in seconds since the beginning.
    at: i64,
    guid: String,
    title: String,
    kept: bool,
}

/// What a publisher gives to ask with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Gives {
    Both,
    Tag,
    Date,
    OddTag,
    /// A new tag with every answer, also with a 304.
    NewTag,
    Nothing,
}

/// What goes wrong for a while.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ill {
    Status(u16),
    RetryAfter(u16, u64),
    Silent,
    Reset,
    Html,
    Portal,
    Empty,
    Cut,
    Damaged,
    Slow,
}

#[derive(Debug)]
struct Publisher {
    key: String,
    /// Two addresses of the same document.
    urls: [String; 2],
    gives: Gives,
    max_age: Option<u64>,
    ttl: Option<u64>,
    items: Vec<Item>,
    listed: usize,
    ills: Vec<(Duration, Duration, Ill)>,
    /// From when on the first address leads to another one, and how.
    moves: Option<(Duration, u16)>,
    /// From when on it is refused for ever.
    dead: Option<(Duration, u16)>,
    answers: u64,
}

/// Pairs of validators as they go over the wire.
type Pair = (Option<Vec<u8>>, Option<Vec<u8>>);

/// What was answered.
#[derive(Clone, Debug)]
enum What {
    /// A document that can be read, with its validators and its items.
    Document(Pair, Vec<usize>),
    NotModified(Pair),
    /// A document that is damaged: its items count, its validators do not.
    Damaged(Vec<usize>),
    Refused(u16, Option<u64>),
    Redirect,
    Nothing,
}

#[derive(Clone, Debug)]
struct Answered {
    at: Duration,
    done: Duration,
    source: usize,
    url: String,
    sent: Pair,
    what: What,
    fresh: Option<Duration>,
}

type Record = Arc<Mutex<Vec<Answered>>>;

impl Publisher {
    /// A publisher at `base`, an address in which `HOST` stands for its host.
    fn made_up(n: usize, plan: Plan, base: &str, chance: &mut Chance) -> Self {
        let days = plan.days;
        let key = format!("source-{n}");
        // Some share a host.
        let host = if n % 5 == 4 {
            "shared.example".to_owned()
        } else {
            format!("h{n}.example")
        };
        let gap = chance.pick(&[3_600, 7_200, 20_000, 90_000, 300_000]);
        let end = i64::from(days) * 86_400;
        let mut items = Vec::new();
        let mut at = -i64::try_from(gap).unwrap() * 20;
        while at < end {
            let kept = chance.one_in(plan.kept_one_in);
            let words: Vec<String> = (0..6).map(|_| chance.word()).collect();
            let about = if kept {
                "Shanghai Cooperation Organisation"
            } else {
                "harbour"
            };
            items.push(Item {
                at,
                guid: format!("{key}-{}", items.len()),
                title: format!("{about} {}", words.join(" ")),
                kept,
            });
            at += 1 + i64::try_from(chance.below(gap * 2)).unwrap();
        }
        let healthy_again = DAY * days.saturating_sub(2);
        let mut ills = Vec::new();
        for _ in 0..chance.below(4) {
            let from = chance.time(healthy_again);
            let time = chance.time(if days > 9 { 3 * DAY } else { 8 * HOUR });
            let ill = match chance.below(13) {
                0 => Ill::Status(500),
                1 => Ill::Status(chance.pick(&[403, 404, 503, 429, 502])),
                2 => Ill::RetryAfter(429, chance.below(30_000)),
                3 => Ill::RetryAfter(503, chance.below(90_000)),
                4 => Ill::Silent,
                5 => Ill::Reset,
                6 => Ill::Html,
                7 => Ill::Portal,
                8 => Ill::Empty,
                9 => Ill::Cut,
                10 => Ill::Damaged,
                _ => Ill::Slow,
            };
            ills.push((from, (from + time).min(healthy_again), ill));
        }
        let part = |chance: &mut Chance| chance.time(healthy_again / 3);
        Self {
            urls: ["", "/other"].map(|end| format!("{}/{key}{end}", base.replace("HOST", &host))),
            gives: chance.pick(&[
                Gives::Both,
                Gives::Both,
                Gives::Tag,
                Gives::Date,
                Gives::OddTag,
                Gives::NewTag,
                Gives::Nothing,
            ]),
            max_age: chance.one_in(5).then(|| chance.below(20_000)),
            ttl: chance.one_in(6).then(|| chance.below(300)),
            listed: 15 + usize::try_from(chance.below(15)).unwrap(),
            moves: chance
                .one_in(6)
                .then(|| (part(chance), chance.pick(&[301, 308, 302])))
                .filter(|_| !plan.sockets),
            dead: chance
                .one_in(10)
                .then(|| (part(chance), chance.pick(&[404, 410, 403]))),
            key,
            items,
            ills,
            answers: 0,
        }
    }

    fn moved_to(&self) -> String {
        format!("https://moved-{}.example/feed", self.key)
    }

    /// The items that the document lists at that time, newest first.
    fn listed(&self, at: Duration) -> Vec<usize> {
        let now = i64::try_from(at.as_secs()).unwrap();
        let out = self.items.partition_point(|item| item.at <= now);
        (out.saturating_sub(self.listed)..out).rev().collect()
    }

    fn validators(&self, newest: usize) -> Pair {
        let tag = format!("\"{newest}-{}\"", self.key).into_bytes();
        let date = format!(
            "Tue, 24 Nov 2026 00:{:02}:{:02} GMT",
            newest / 60 % 60,
            newest % 60
        );
        let date = date.into_bytes();
        match self.gives {
            Gives::Both => (Some(tag), Some(date)),
            Gives::Tag => (Some(tag), None),
            Gives::Date => (None, Some(date)),
            Gives::OddTag => (
                Some(format!("W/{newest} é'").into_bytes()),
                Some(b"whenever".to_vec()),
            ),
            Gives::NewTag => (
                Some(format!("\"{newest}.{}\"", self.answers).into_bytes()),
                None,
            ),
            Gives::Nothing => (None, None),
        }
    }

    /// Whether what was sent stands for the present document.
    fn knows(&self, sent: &Pair, newest: usize) -> bool {
        match self.gives {
            Gives::Nothing => false,
            Gives::NewTag => {
                let begins = format!("\"{newest}.").into_bytes();
                sent.0.as_ref().is_some_and(|tag| tag.starts_with(&begins))
            }
            Gives::OddTag => sent.0 == self.validators(newest).0,
            _ => {
                let (tag, date) = self.validators(newest);
                match &sent.0 {
                    Some(_) => sent.0 == tag,
                    None => sent.1.is_some() && sent.1 == date,
                }
            }
        }
    }

    fn document(&self, listed: &[usize]) -> String {
        let items = listed.iter().map(|n| &self.items[*n]);
        let items = items.map(|i| (i.guid.as_str(), i.title.as_str(), Service::start(i.at)));
        let text = rss(items);
        match self.ttl {
            Some(ttl) => text.replace("<title>Made up", &format!("<ttl>{ttl}</ttl><title>Made up")),
            None => text,
        }
    }

    fn answer(&mut self, request: &Request, chance: &mut Chance) -> (Reply, What) {
        self.answers += 1;
        let at = request.at;
        if let Some((from, status)) = self.dead
            && at >= from
        {
            return (Reply::new(status), What::Refused(status, None));
        }
        let ill = self
            .ills
            .iter()
            .find(|(from, to, _)| (*from..*to).contains(&at));
        let ill = ill.map(|(_, _, ill)| *ill);
        let slow = chance.time(Duration::from_secs(3));
        match ill {
            Some(Ill::Status(status)) => return (Reply::new(status), What::Refused(status, None)),
            Some(Ill::RetryAfter(status, wait)) => {
                let reply = Reply::new(status).with("retry-after", wait.to_string());
                return (reply, What::Refused(status, Some(wait)));
            }
            Some(Ill::Silent) => {
                let reply = Reply::ok("").after(31 * Duration::from_secs(1));
                return (reply, What::Nothing);
            }
            Some(Ill::Reset) => {
                let trouble = Failure::Connect("connection reset".into());
                return (Reply::trouble(trouble), What::Nothing);
            }
            Some(Ill::Html) => {
                let page = "<!doctype html><html><body><p>We will be back</p></body></html>";
                return (Reply::ok(page).with("etag", "\"html\""), What::Nothing);
            }
            Some(Ill::Portal) => {
                return (Reply::to(301, "https://portal.example/"), What::Redirect);
            }
            Some(Ill::Empty) => return (Reply::ok("").with("etag", "\"empty\""), What::Nothing),
            Some(Ill::Cut) => {
                let trouble = Failure::Body("it ended early".into());
                return (Reply::trouble(trouble), What::Nothing);
            }
            Some(Ill::Slow | Ill::Damaged) | None => {}
        }
        if let Some((from, status)) = self.moves
            && at >= from
            && self.urls.contains(&request.url)
        {
            return (Reply::to(status, &self.moved_to()), What::Redirect);
        }
        let listed = self.listed(at);
        let newest = listed.first().copied().unwrap_or_default();
        let given = self.validators(newest);
        let sent = sent(request);
        let (mut reply, what) = if ill == Some(Ill::Damaged) {
            let whole = self.document(&listed);
            // The last item is cut in its middle.
            let cut = whole.rfind("<pubDate>").unwrap_or(whole.len());
            (
                Reply::ok(&whole[..cut]),
                What::Damaged(listed[..listed.len() - 1].to_vec()),
            )
        } else if self.knows(&sent, newest) {
            (Reply::new(304), What::NotModified(given.clone()))
        } else {
            (
                Reply::ok(self.document(&listed)),
                What::Document(given.clone(), listed),
            )
        };
        if let Some(tag) = given.0 {
            reply = reply.with("etag", tag);
        }
        if let Some(date) = given.1 {
            reply = reply.with("last-modified", date);
        }
        if let Some(max_age) = self.max_age {
            reply = reply.with("cache-control", format!("max-age={max_age}"));
        }
        let after = if ill == Some(Ill::Slow) {
            slow * 9
        } else {
            slow
        };
        (reply.after(after), what)
    }
}

fn sent(request: &Request) -> Pair {
    let field = |name| request.field(name).map(<[u8]>::to_vec);
    (field("if-none-match"), field("if-modified-since"))
}

/// What was done to the service, and when.
#[derive(Debug, Default)]
struct Deeds {
    kills: Vec<Duration>,
    /// When it had stopped: what comes later finds nobody.
    stops: Vec<Duration>,
    /// Source, and between when its address changed.
    readdressed: Vec<(usize, Duration, Duration)>,
    /// Source, its interval, and between when it came to count.
    every: Vec<(usize, Duration, Duration, Duration)>,
    /// When the clock was set, and by how much.
    set: Vec<(Duration, SignedDuration)>,
    /// When it was set while nobody watched.
    unwatched: Vec<Duration>,
}

/// One world.
pub(crate) struct World {
    plan: Plan,
    chance: Chance,
    origin: Arc<Origin>,
    publishers: Vec<Arc<Mutex<Publisher>>>,
    record: Record,
    service: Service,
    /// By source: address, interval, whether it is polled.
    settings: Vec<(usize, u64, bool)>,
    deeds: Deeds,
    shown: Shown,
    network_down: Arc<Mutex<bool>>,
}

/// Every edition that readers had, taken together.
#[derive(Debug, Default)]
struct Shown {
    /// By id: headline, `published`, the last `updated`.
    entries: HashMap<String, (String, String, String)>,
    titles: HashMap<String, String>,
    last: Option<Arc<Edition>>,
    wrong: Vec<String>,
}

impl World {
    pub(crate) async fn new(plan: Plan) -> Self {
        let mut chance = Chance(plan.seed);
        let origin = Origin::new();
        let (base, exit) = if plan.sockets {
            let wire: Arc<dyn Exit> = Arc::new(Wire::new(Arc::new(Home)).unwrap());
            (format!("http://HOST:{}", origin.listen().await), wire)
        } else {
            (
                "https://HOST".to_owned(),
                Arc::clone(&origin) as Arc<dyn Exit>,
            )
        };
        let record = Record::default();
        let network_down = Arc::new(Mutex::new(false));
        let publishers: Vec<_> = (0..plan.sources)
            .map(|n| Publisher::made_up(n, plan, &base, &mut chance))
            .map(|publisher| Arc::new(Mutex::new(publisher)))
            .collect();
        for (source, publisher) in publishers.iter().enumerate() {
            let urls = {
                let publisher = publisher.lock().unwrap();
                let [a, b] = publisher.urls.clone();
                [a, b, publisher.moved_to()]
            };
            for url in urls {
                let (publisher, record) = (Arc::clone(publisher), Arc::clone(&record));
                let down = Arc::clone(&network_down);
                let mut chance = Chance(chance.next());
                origin.answer(&url, move |request| {
                    let (reply, what) = if *down.lock().unwrap() {
                        let failure = Failure::Dns {
                            host: request.host().to_owned(),
                            said: "no network".into(),
                        };
                        (Reply::trouble(failure), What::Nothing)
                    } else {
                        publisher.lock().unwrap().answer(request, &mut chance)
                    };
                    let max_age = publisher.lock().unwrap().max_age;
                    let is_late = plan.sockets && reply.after > FIRST_BYTE;
                    let what = if is_late { What::Nothing } else { what };
                    record.lock().unwrap().push(Answered {
                        at: request.at,
                        done: request.at + reply.after,
                        source,
                        url: request.url.clone(),
                        sent: sent(request),
                        what,
                        fresh: max_age.map(Duration::from_secs),
                    });
                    reply
                });
            }
        }
        let portal = "<html><body><form>Your room number</form></body></html>";
        origin.script(
            "https://portal.example/",
            vec![
                Reply::ok(portal)
                    .with("etag", "\"portal\"")
                    .with("set-cookie", "room=1"),
            ],
        );
        let settings: Vec<_> = (0..plan.sources)
            .map(|_| (0, chance.pick(plan.every), true))
            .collect();
        let mut world = Self {
            service: Service::through(exit, ""),
            plan,
            chance,
            origin,
            publishers,
            record,
            deeds: Deeds::default(),
            shown: Shown::default(),
            settings,
            network_down,
        };
        for source in 0..plan.sources {
            let every = Duration::from_secs(world.settings[source].1 * 60);
            let zero = Duration::ZERO;
            world.deeds.every.push((source, every, zero, zero));
        }
        world.service.edit(&world.config());
        world
    }

    fn config(&self) -> String {
        let mut tables = vec![format!(
            "[feed]\ncontact = \"mailto:editor@example.org\"\n[ledger]\nkeep = \"{KEEP}d\"\n"
        )];
        for (publisher, (address, every, enabled)) in self.publishers.iter().zip(&self.settings) {
            let publisher = publisher.lock().unwrap();
            tables.push(format!(
                "[[source]]\nname = \"{}\"\nfeed = \"{}\"\nevery = \"{every}m\"\n\
                 enabled = {enabled}\nallow_private = {}\n",
                publisher.key, publisher.urls[*address], self.plan.sockets
            ));
        }
        tables.concat()
    }

    /// Lives through its days, and judges.
    pub(crate) async fn play(mut self) -> Score {
        let end = DAY * self.plan.days;
        let calm = DAY * self.plan.days.saturating_sub(2) + 12 * HOUR;
        let mut deeds = self.deck();
        let part = calm / u32::try_from(deeds.len().max(1)).unwrap();
        while let Some(deed) = deeds.pop() {
            self.segment(deed, part).await;
        }
        // After the last trouble, everything is well within one cycle, which
        // is a day and a tenth for a source that has failed for long.
        for setting in &mut self.settings {
            setting.2 = true;
        }
        let config = self.config();
        self.service.edit(&config);
        let left = end.saturating_sub(self.origin.now());
        for _ in 0..2 {
            self.service.run(left / 2).await;
            self.deeds.stops.push(self.origin.now());
            self.look();
        }
        self.judge()
    }

    /// What will be done, in an order made of the seed.
    fn deck(&mut self) -> Vec<Deed> {
        let plan = self.plan;
        let mut deck = vec![Deed::Restart; plan.restarts];
        deck.extend(vec![Deed::Kill; plan.kills]);
        deck.extend(vec![Deed::Edit; plan.edits]);
        deck.extend((0..plan.steps).map(|n| {
            if n % 2 == 0 {
                Deed::Set
            } else {
                Deed::SetUnwatched
            }
        }));
        deck.extend((0..plan.outages).map(|n| {
            if n % 2 == 0 {
                Deed::Off
            } else {
                Deed::NoNetwork
            }
        }));
        for n in (1..deck.len()).rev() {
            let other = usize::try_from(self.chance.below(n as u64 + 1)).unwrap();
            deck.swap(n, other);
        }
        deck
    }

    async fn segment(&mut self, deed: Deed, time: Duration) {
        let half = time / 2 + self.chance.time(time / 2);
        let from = self.origin.now();
        match deed {
            Deed::Restart => self.service.run(half).await,
            Deed::Kill => self.service.run_and_kill(half).await,
            Deed::Edit => {
                self.change_settings(from, from + half);
                let config = self.config();
                if self.chance.one_in(2) {
                    self.service.run_and_edit(half, half / 2, &config).await;
                } else {
                    self.service.edit(&config);
                    self.service.run(half).await;
                }
            }
            Deed::Set => {
                let by = self.step();
                self.deeds.set.push((from + half / 3, by));
                self.service.run_and_set(half, half / 3, by).await;
            }
            Deed::SetUnwatched => {
                let by = self.step();
                self.service.set_clock(by);
                self.deeds.set.push((from, by));
                self.deeds.unwatched.push(from);
                self.service.run(half).await;
            }
            Deed::Off => {
                tokio::time::sleep(self.chance.time(6 * HOUR).min(half)).await;
                self.service.run(half).await;
            }
            Deed::NoNetwork => {
                *self.network_down.lock().unwrap() = true;
                self.service.run(half.min(3 * HOUR)).await;
                *self.network_down.lock().unwrap() = false;
            }
        }
        let end = self.origin.now();
        match deed {
            Deed::Kill => self.deeds.kills.push(end),
            _ => self.deeds.stops.push(end),
        }
        self.look();
    }

    fn step(&mut self) -> SignedDuration {
        let hours = self.chance.pick(&[1, -1, 1, -1, -24, 3, -8760, 8760]);
        SignedDuration::from_hours(hours)
    }

    fn change_settings(&mut self, from: Duration, to: Duration) {
        for _ in 0..=self.chance.below(3) {
            let source = usize::try_from(self.chance.below(self.plan.sources as u64)).unwrap();
            match self.chance.below(3) {
                0 => {
                    self.settings[source].1 = self.chance.pick(self.plan.every) / 2;
                    let every = Duration::from_secs(self.settings[source].1 * 60);
                    self.deeds.every.push((source, every, from, to));
                }
                1 => {
                    self.settings[source].0 ^= 1;
                    self.deeds.readdressed.push((source, from, to));
                }
                _ => self.settings[source].2 ^= true,
            }
        }
        // Nobody is off for ever.
        if self.chance.one_in(2) {
            for setting in &mut self.settings {
                setting.2 = true;
            }
        }
    }

    /// Reads the edition as a subscriber does.
    fn look(&mut self) {
        let edition = Arc::clone(&self.service.edition);
        self.shown.read(&edition);
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Restart,
    Kill,
    Edit,
    Set,
    SetUnwatched,
    Off,
    NoNetwork,
}

impl Shown {
    fn read(&mut self, edition: &Arc<Edition>) {
        let Some(sheet) = edition.get("/atom.xml") else {
            self.wrong.push("an edition without a feed".into());
            return;
        };
        if let Some(last) = &self.last
            && let Some(before) = last.get("/atom.xml")
            && before.tag == sheet.tag
        {
            if before.bytes != sheet.bytes {
                self.wrong.push("two sheets of one tag".into());
            }
            return;
        }
        self.last = Some(Arc::clone(edition));
        let head = Head {
            url: WebUrl::parse("https://sco.example/atom.xml").unwrap(),
            hops: Vec::new(),
            status: 200,
            content_type: Some("application/atom+xml".into()),
            validators: Validators::default(),
            hints: Hints::default(),
            wire_bytes: 0,
        };
        let parsed = match parse::document(
            &Recipe::feed(),
            &head,
            &sheet.bytes,
            jiff::Timestamp::UNIX_EPOCH,
        ) {
            Ok(parsed) if parsed.partial.is_none() => parsed,
            other => {
                self.wrong
                    .push(format!("the feed cannot be read back: {other:?}"));
                return;
            }
        };
        let mut here = HashSet::new();
        for item in parsed.items {
            let id = item.key.as_str().to_owned();
            let published = format!("{:?}", item.stated);
            let updated = format!("{:?}", item.stated_updated);
            if !here.insert(item.title.clone()) {
                self.wrong
                    .push(format!("twice in one edition: {}", item.title));
            }
            match self.titles.get(&item.title) {
                Some(known) if *known != id => {
                    self.wrong.push(format!("{} changed its id", item.title));
                }
                _ => drop(self.titles.insert(item.title.clone(), id.clone())),
            }
            let entry = (item.title, published, updated);
            if let Some(known) = self.entries.get(&id) {
                if known.0 != entry.0 || known.1 != entry.1 {
                    self.wrong.push(format!("{id}: {known:?} became {entry:?}"));
                }
                if known.2 > entry.2 {
                    self.wrong.push(format!("{id}: updated went back"));
                }
            }
            self.entries.insert(id, entry);
        }
    }
}
