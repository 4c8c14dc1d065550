//! A small language for whole-program tests: sources on loopback, polls, and the feed that comes of them.
//!
//! ```text
//! let mut site = Site::new().feed("steppe", rss([item("1", "SCO summit opens in Bishkek")]));
//! site.poll().await;
//! assert_eq!(site.titles(), ["SCO summit opens in Bishkek"]);
//! ```
//!
//! The program below is the real one: its desk, its client, its database in a
//! directory of its own. Time is the argument that the program takes; `poll`
//! moves it to when every source is due. The origin lives in the test's own
//! runtime, so a test may also pause tokio's clock: then a server's silence
//! costs nothing.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};

use scofeed::care::backup;
use scofeed::clock::Clock;
use scofeed::config::{self, Mistakes};
use scofeed::daemon::{self, DATABASE, Desk, Round, Watchdog};
use scofeed::fetch::Fetch;
use scofeed::health::Turn;
use scofeed::ledger;
use scofeed::model::{self, Errand, ServiceReport, SourceKey, SourceReport};
use scofeed::poll::{self, Room, SLOTS, Settled};
use scofeed::render::{Edition, Process, Sheet, Traffic, metrics};
use scofeed::schedule::Late;
use scofeed::serve;
use scofeed::store::{Found, Reader};

use crate::room::Served;

/// When every test begins.
const START: &str = "2026-11-24T09:00:00Z";

/// When items are dated that say nothing else.
const DATE: &str = "Tue, 24 Nov 2026 06:00:00 GMT";

/// The interval of every source.
pub(crate) const EVERY: Duration = Duration::from_hours(1);

/// A service that has not come to it by then never will.
const SERVED_AT_MOST: Duration = Duration::from_mins(30);

/// The present edition of a running service, and every later one.
pub(crate) type Editions = watch::Receiver<Arc<Edition>>;

/// A configuration, the origin that its sources are at, and the program.
#[derive(Debug)]
pub(crate) struct Site {
    data: tempfile::TempDir,
    origin: Origin,
    config: String,
    program: Option<Program>,
    now: Timestamp,
}

/// The program while it runs.
#[derive(Debug)]
struct Program {
    desk: Desk,
    fetch: Arc<Fetch>,
}

impl Site {
    /// A site without a source.
    pub(crate) fn new() -> Self {
        let config = "[feed]\ntitle = \"SCO\"\nurl = \"https://sco.example.org/\"\n";
        Self {
            data: tempfile::tempdir().unwrap(),
            origin: Origin::start(),
            config: config.to_owned(),
            program: None,
            now: START.parse().unwrap(),
        }
    }

    /// Adds a source whose feed says this.
    pub(crate) fn feed(self, name: &str, answer: impl Into<Answer>) -> Self {
        self.source(name, "feed", answer)
    }

    /// Adds a source whose list page says this.
    pub(crate) fn page(self, name: &str, html: &str) -> Self {
        self.source(name, "page", Answer::of("text/html", html))
            .with("select = { item = \".item\", title = \"a\", link = \"a\", date = \".time\" }")
    }

    /// Adds a line to the table of the last source.
    pub(crate) fn with(mut self, line: &str) -> Self {
        self.config.push_str(line);
        self.config.push('\n');
        self
    }

    /// Adds a source of this kind: `feed`, `page`, `sitemap` or `json`.
    pub(crate) fn source(mut self, name: &str, kind: &str, answer: impl Into<Answer>) -> Self {
        let url = self.address(name);
        self.says(name, answer);
        self.with(&format!(
            "\n[[source]]\nname = \"{name}\"\n{kind} = \"{url}\"\nevery = \"1h\"\nallow_private = true"
        ))
    }

    /// Where the origin has the document of this name.
    pub(crate) fn address(&self, name: &str) -> String {
        format!("http://{}/{name}", self.origin.address)
    }

    /// From now on the origin says this under that name.
    pub(crate) fn says(&mut self, name: &str, answer: impl Into<Answer>) {
        self.origin
            .state()
            .answers
            .insert(name.to_owned(), answer.into());
    }

    /// The text of the configuration, for `reload`.
    pub(crate) fn config(&self) -> &str {
        &self.config
    }

    /// Reads another configuration and takes it if it loads, as the service
    /// does when it is told to.
    pub(crate) fn reload(&mut self, config: &str) -> Result<(), Mistakes> {
        let loaded = Arc::new(config::read(config, "feeds.toml")?);
        let now = self.now;
        let program = self.program();
        program.fetch = Arc::new(daemon::client(&loaded).unwrap());
        program.desk.configure(loaded, now).unwrap();
        config.clone_into(&mut self.config);
        Ok(())
    }

    /// Ends the program where it stands, and starts it again on the same
    /// data. Nothing is said to it before, so this is also what `kill -9`
    /// does.
    pub(crate) fn restart(&mut self) {
        self.program = None;
        self.program();
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Lets time pass.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now += SignedDuration::try_from(time).unwrap();
    }

    /// Moves to the time at which every source is due, and polls.
    pub(crate) async fn poll(&mut self) -> Settled {
        let dues = self
            .report()
            .sources
            .into_iter()
            .filter_map(|s| Some(s.next?.at));
        self.now = dues.fold(self.now, Timestamp::max);
        self.round().await
    }

    /// Polls what is due now, and publishes what has waited long enough.
    pub(crate) async fn round(&mut self) -> Settled {
        let now = self.now;
        self.desk().ripen(now).unwrap();
        let errands = self.claim();
        let answers = self.bring(errands).await;
        self.settle(answers)
    }

    /// The first of the three parts of a poll: the promise.
    pub(crate) fn claim(&mut self) -> Vec<Errand> {
        let now = self.now;
        let room = Room {
            busy: &HashSet::new(),
            slots: SLOTS,
            late: Late::Now,
        };
        self.desk().claim(&room, now).unwrap()
    }

    /// The second: the requests, all at once. Answers come as they arrive.
    pub(crate) async fn bring(&mut self, errands: Vec<Errand>) -> Vec<model::Answer> {
        let now = self.now;
        self.origin.state().now = now;
        let Program { desk, fetch } = self.program();
        let mut tasks = tokio::task::JoinSet::new();
        for errand in errands {
            tasks.spawn(poll::bring(
                errand,
                Arc::clone(desk.config()),
                Arc::clone(fetch),
                now,
            ));
        }
        tasks.join_all().await
    }

    /// The third: what came is stored together, and published.
    pub(crate) fn settle(&mut self, answers: Vec<model::Answer>) -> Settled {
        let now = self.now;
        let settled = self.desk().settle(answers, now).unwrap();
        self.desk().build().unwrap();
        settled
    }

    /// What `run --once` does.
    pub(crate) async fn once(&mut self) -> Round {
        self.origin.state().now = self.now;
        let clock = Clock::starting(self.now);
        let Program { desk, fetch } = self.program();
        daemon::once(desk, fetch, clock).await.unwrap()
    }

    /// Runs the service itself, by tokio's clock, until the test is done with
    /// it.
    pub(crate) async fn serve<T>(&mut self, until: impl AsyncFnOnce(Editions) -> T) -> T {
        self.program();
        let clock = Clock::starting(self.now);
        let Program { desk, fetch } = self.program.take().unwrap();
        let editions = desk.editions();
        // Nobody gives orders.
        let (_orders, inbox) = mpsc::channel(1);
        let (stop, stopped) = oneshot::channel::<()>();
        let service = daemon::run(desk, fetch, clock, inbox, Watchdog::default(), async {
            drop(stopped.await);
        });
        let done = async {
            let done = tokio::time::timeout(SERVED_AT_MOST, until(editions)).await;
            drop(stop);
            done.expect("what the test waits for does not come")
        };
        let ((), done) = tokio::join!(service, done);
        self.now = clock.now();
        done
    }

    /// Runs the service for so long.
    pub(crate) async fn serve_for(&mut self, time: Duration) {
        self.serve(async |_| tokio::time::sleep(time).await).await;
    }

    fn program(&mut self) -> &mut Program {
        let (config, data, now) = (&self.config, self.data.path(), self.now);
        self.program.get_or_insert_with(|| {
            let config = config::read(config, "feeds.toml").map(Arc::new);
            let config = config.unwrap_or_else(|mistakes| panic!("{mistakes}"));
            let fetch = Arc::new(daemon::client(&config).unwrap());
            let mut desk = Desk::open(config, data, now).unwrap();
            desk.tell_loss(now);
            Program { desk, fetch }
        })
    }

    fn desk(&mut self) -> &mut Desk {
        &mut self.program().desk
    }

    /// Looks at how everything is, as the service does each minute.
    pub(crate) fn review(&mut self) -> Vec<Turn> {
        let now = self.now;
        self.desk().review(now)
    }

    /// The service hears that the configuration on disk does not load.
    pub(crate) fn refuse(&mut self, said: &str) {
        let now = self.now;
        self.desk().refuse(said.to_owned(), now);
    }

    /// The server over what there is now.
    pub(crate) async fn open_house(&mut self) -> Served {
        let (data, now) = (self.data.path().to_owned(), self.now);
        Served::open(self.desk(), &data, now).await
    }

    /// What `scofeed status` says while the service runs.
    pub(crate) async fn status_told(&mut self) -> String {
        let file = self.data.path().join("feeds.toml");
        std::fs::write(&file, &self.config).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_scofeed"));
        command.arg("status").arg("--config").arg(file);
        command.arg("--data").arg(self.data.path());
        let reports = self.desk().reports();
        let listener = serve::report_listener(self.data.path()).unwrap();
        let (end, ended) = oneshot::channel::<()>();
        let ran = async {
            let ran = tokio::task::spawn_blocking(move || command.output().unwrap()).await;
            drop(end);
            ran.unwrap()
        };
        let ended = async { drop(ended.await) };
        let (ran, ()) = tokio::join!(ran, serve::report(listener, reports, ended));
        assert!(ran.status.success(), "{ran:?}");
        String::from_utf8(ran.stdout).unwrap()
    }

    /// Somebody sets the clock by so much while the service watches.
    pub(crate) fn set_clock(&mut self, by: SignedDuration) {
        self.now += by;
        self.desk().clock_was_set(by).unwrap();
    }

    /// The backup of the day.
    pub(crate) fn back_up(&self) {
        let folder = self.data.path().join(backup::FOLDER);
        let reader = Reader::open(&self.database()).unwrap();
        backup::backup(&reader, &folder, self.now).unwrap();
    }

    /// The program is killed, and only so much of its database is left.
    pub(crate) fn cut_database(&mut self, bytes: u64) {
        self.program = None;
        let database = std::fs::File::options()
            .write(true)
            .open(self.database())
            .unwrap();
        database.set_len(bytes).unwrap();
    }

    /// What an outside hand does to the database.
    pub(crate) fn sql(&self, batch: &str) {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        database.execute_batch(batch).unwrap();
    }

    /// The present edition.
    pub(crate) fn edition(&mut self) -> Arc<Edition> {
        Arc::clone(&self.desk().editions().borrow())
    }

    /// A published document.
    pub(crate) fn sheet(&mut self, path: &str) -> Arc<Sheet> {
        Arc::clone(self.edition().get(path).unwrap())
    }

    /// The Atom feed, byte for byte.
    pub(crate) fn atom_bytes(&mut self) -> Vec<u8> {
        self.sheet("/atom.xml").bytes.to_vec()
    }

    /// The Atom feed as a reader's program reads it.
    pub(crate) fn atom(&mut self) -> feed_rs::model::Feed {
        feed_rs::parser::parse(self.atom_bytes().as_slice()).unwrap()
    }

    /// The RSS feed as a reader's program reads it.
    pub(crate) fn rss(&mut self) -> rss::Channel {
        rss::Channel::read_from(self.sheet("/rss.xml").bytes.as_ref()).unwrap()
    }

    /// The page.
    pub(crate) fn html(&mut self) -> scraper::Html {
        let page = self.sheet("/");
        scraper::Html::parse_document(std::str::from_utf8(&page.bytes).unwrap())
    }

    /// The stories of the Atom feed, as they stand in it.
    pub(crate) fn stories(&mut self) -> Vec<Story> {
        self.atom().entries.into_iter().map(Story::from).collect()
    }

    /// The only story.
    #[track_caller]
    pub(crate) fn story(&mut self) -> Story {
        let mut stories = self.stories();
        assert_eq!(stories.len(), 1, "{stories:#?}");
        stories.remove(0)
    }

    /// Their headlines.
    pub(crate) fn titles(&mut self) -> Vec<String> {
        self.stories().into_iter().map(|s| s.title).collect()
    }

    /// The reports of the service, as it hands them out.
    pub(crate) fn reports(&mut self) -> watch::Receiver<Arc<model::Report>> {
        self.desk().reports()
    }

    /// What a scraper reads.
    pub(crate) fn metrics(&mut self) -> String {
        let report = Arc::clone(&self.reports().borrow());
        metrics(&report, &Traffic::new(), Process::default())
    }

    pub(crate) fn report(&mut self) -> model::Report {
        let config = Arc::clone(self.desk().config());
        let service = ServiceReport::default();
        ledger::report(Some(&config), Some(&self.reader()), service, self.now).unwrap()
    }

    /// What `status` advises.
    pub(crate) fn advice(&mut self) -> Vec<String> {
        self.report().advice
    }

    /// What `status` says of a source.
    #[track_caller]
    pub(crate) fn status(&mut self, source: &str) -> SourceReport {
        let mut sources = self.report().sources.into_iter();
        sources.find(|s| s.source.as_str() == source).unwrap()
    }

    /// What is wrong with a source, in words.
    #[track_caller]
    pub(crate) fn wrong(&mut self, source: &str) -> String {
        let status = self.status(source);
        assert!(status.state.is_trouble(), "{status:#?}");
        status.wrong.unwrap()
    }

    /// What `why` finds.
    pub(crate) fn why(&self, query: &str) -> Vec<Found> {
        ledger::why(&self.reader(), query, 100).unwrap()
    }

    /// The last polls of a source, newest first.
    pub(crate) fn polls(&self, source: &str) -> Vec<model::PollRow> {
        let source = SourceKey::new(source).unwrap();
        self.reader().polls(&source, 100).unwrap()
    }

    /// The rows that a query yields, each written out.
    pub(crate) fn rows(&self, query: &str) -> Vec<String> {
        let database = rusqlite::Connection::open(self.database()).unwrap();
        let mut statement = database.prepare(query).unwrap();
        let columns = statement.column_count();
        let row = |row: &rusqlite::Row<'_>| {
            let values: Result<Vec<rusqlite::types::Value>, _> =
                (0..columns).map(|column| row.get(column)).collect();
            Ok(format!("{:?}", values?))
        };
        let rows = statement.query_map([], row).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    fn reader(&self) -> Reader {
        Reader::open(&self.database()).unwrap()
    }

    fn database(&self) -> PathBuf {
        self.data.path().join(DATABASE)
    }

    /// The requests for a document, in their order.
    pub(crate) fn requests(&self, name: &str) -> Vec<Request> {
        let state = self.origin.state();
        let mut requests = state.requests.clone();
        requests.retain(|request| request.name == name);
        requests
    }
}

/// A story as a subscriber gets it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Story {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) link: String,
    pub(crate) published: Timestamp,
    pub(crate) updated: Timestamp,
    pub(crate) authors: Vec<String>,
    pub(crate) lead: String,
    /// The names of sources that also have it, and their headlines.
    pub(crate) also: Vec<String>,
    /// The addresses of its media.
    pub(crate) media: Vec<String>,
    /// The labels of its categories: the source's title first.
    pub(crate) categories: Vec<String>,
}

impl From<feed_rs::model::Entry> for Story {
    fn from(entry: feed_rs::model::Entry) -> Self {
        let links = |rel: &str| -> Vec<feed_rs::model::Link> {
            let is = |link: &&feed_rs::model::Link| link.rel.as_deref() == Some(rel);
            entry.links.iter().filter(is).cloned().collect()
        };
        let alternate = links("alternate").remove(0);
        let time = |time: Option<chrono::DateTime<chrono::Utc>>| {
            Timestamp::from_millisecond(time.unwrap().timestamp_millis()).unwrap()
        };
        Self {
            title: entry.title.map(|title| title.content).unwrap(),
            link: alternate.href,
            published: time(entry.published),
            updated: time(entry.updated),
            authors: entry.authors.into_iter().filter_map(|a| a.name).collect(),
            lead: entry.summary.map(|lead| lead.content).unwrap_or_default(),
            also: links("related")
                .into_iter()
                .filter_map(|l| l.title)
                .collect(),
            media: links("enclosure").into_iter().map(|l| l.href).collect(),
            categories: entry
                .categories
                .into_iter()
                .filter_map(|c| c.label)
                .collect(),
            id: entry.id,
        }
    }
}

/// An RSS document of these items.
pub(crate) fn rss(items: impl IntoIterator<Item = Item>) -> String {
    let items: String = items.into_iter().map(|item| item.to_string()).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n\
         <rss version=\"2.0\"><channel><title>A made-up outlet</title>\n{items}</channel></rss>\n"
    )
}

/// An RSS item. What is put into it stands in the document as it is.
#[derive(Clone, Debug)]
pub(crate) struct Item(Vec<(&'static str, String)>);

/// An item with a headline; guid and link are made of `slug`.
pub(crate) fn item(slug: &str, title: &str) -> Item {
    let link = format!("https://outlet.example/{slug}");
    Item(Vec::new())
        .title(title)
        .link(&link)
        .guid(&link)
        .date(DATE)
}

impl Item {
    fn set(mut self, name: &'static str, text: &str) -> Self {
        self.0.retain(|(other, _)| *other != name);
        self.0.push((name, text.to_owned()));
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.0.retain(|(other, _)| *other != name);
        self
    }

    pub(crate) fn title(self, title: &str) -> Self {
        self.set("title", title)
    }

    pub(crate) fn lead(self, lead: &str) -> Self {
        self.set("description", lead)
    }

    pub(crate) fn link(self, link: &str) -> Self {
        self.set("link", link)
    }

    pub(crate) fn guid(self, guid: &str) -> Self {
        self.set("guid", guid)
    }

    pub(crate) fn date(self, date: &str) -> Self {
        self.set("pubDate", date)
    }

    pub(crate) fn author(self, author: &str) -> Self {
        self.set("author", author)
    }

    pub(crate) fn without_link(self) -> Self {
        self.without("link")
    }

    pub(crate) fn without_guid(self) -> Self {
        self.without("guid")
    }

    pub(crate) fn undated(self) -> Self {
        self.without("pubDate")
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<item>")?;
        for (name, text) in &self.0 {
            write!(f, "<{name}>{text}</{name}>")?;
        }
        f.write_str("</item>\n")
    }
}

/// What the origin says to a request.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    status: u16,
    fields: Vec<(&'static str, String)>,
    body: Vec<u8>,
    manner: Manner,
}

/// How it says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Whole,
    /// More is announced than comes.
    Cut,
    /// More is announced, and the connection stays open.
    Stalls,
    /// Nothing is ever said.
    Silent,
    /// The connection ends at once.
    HangsUp,
}

impl<T: Into<Vec<u8>>> From<T> for Answer {
    fn from(document: T) -> Self {
        Self::of("application/rss+xml", document)
    }
}

impl Answer {
    /// A document of this type, with the validators that a good server gives.
    pub(crate) fn of(content_type: &str, document: impl Into<Vec<u8>>) -> Self {
        let body = document.into();
        let tag = format!("\"{}\"", blake3::hash(&body).to_hex());
        Self::status(200)
            .field("Content-Type", content_type)
            .field("ETag", &tag)
            .body(body)
    }

    /// A bare status.
    pub(crate) fn status(status: u16) -> Self {
        Self {
            status,
            fields: Vec::new(),
            body: Vec::new(),
            manner: Manner::Whole,
        }
    }

    /// The same with another status.
    pub(crate) fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    /// A redirect.
    pub(crate) fn redirect(status: u16, to: &str) -> Self {
        Self::status(status).field("Location", to)
    }

    /// With this field, which replaces one of the same name.
    pub(crate) fn field(self, name: &'static str, value: &str) -> Self {
        let mut answer = self.without(name);
        answer.fields.push((name, value.to_owned()));
        answer
    }

    /// Without a field that a document has by default.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(other, _)| *other != name);
        self
    }

    pub(crate) fn body(self, body: impl Into<Vec<u8>>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// The same, but it ends before the announced length.
    pub(crate) fn cut(self) -> Self {
        self.in_manner(Manner::Cut)
    }

    /// The same, but the end never comes.
    pub(crate) fn stalls(self) -> Self {
        self.in_manner(Manner::Stalls)
    }

    /// A server that takes the request and says nothing.
    pub(crate) fn silence() -> Self {
        Self::status(0).in_manner(Manner::Silent)
    }

    /// A server that ends the connection.
    pub(crate) fn hangs_up() -> Self {
        Self::status(0).in_manner(Manner::HangsUp)
    }

    fn in_manner(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// What is sent to this request.
    fn bytes(&self, request: &Request) -> Vec<u8> {
        let tag = self.fields.iter().find(|(name, _)| *name == "ETag");
        let known = tag.is_some_and(|(_, tag)| request.field("if-none-match") == Some(tag));
        let (status, body) = match self.status {
            200 if known => (304, [].as_slice()),
            status => (status, self.body.as_slice()),
        };
        let fields = self
            .fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"));
        let missing = usize::from(self.manner != Manner::Whole);
        let length = match status {
            304 => String::new(),
            _ => format!("Content-Length: {}\r\n", body.len() + missing),
        };
        let head = format!(
            "HTTP/1.1 {status} As Scripted\r\nConnection: close\r\n{}{length}\r\n",
            fields.collect::<String>()
        );
        [head.as_bytes(), body].concat()
    }
}

/// A request as the origin got it.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    name: String,
    /// When.
    pub(crate) at: Timestamp,
    head: String,
    /// What was sent along.
    pub(crate) body: String,
}

impl Request {
    fn new(head: String) -> Self {
        let path = head.split([' ', '?']).nth(1).unwrap_or_default();
        Self {
            name: path.trim_start_matches('/').to_owned(),
            at: Timestamp::MIN,
            head,
            body: String::new(),
        }
    }

    /// Whether it follows a redirect that added a query.
    pub(crate) fn is_hop(&self) -> bool {
        self.head
            .split(' ')
            .nth(1)
            .is_some_and(|target| target.contains('?'))
    }

    /// The value of a field.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (other, value) = line.split_once(": ")?;
            other.eq_ignore_ascii_case(name).then_some(value)
        })
    }
}

/// The server that all sources are at.
#[derive(Debug)]
struct Origin {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    answers: HashMap<String, Answer>,
    requests: Vec<Request>,
    now: Timestamp,
}

impl Origin {
    /// Starts it in the runtime of the test.
    fn start() -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(Mutex::new(State {
            answers: HashMap::new(),
            requests: Vec::new(),
            now: START.parse().unwrap(),
        }));
        let listener = TcpListener::from_std(listener).unwrap();
        let told = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                // A client that goes away in the middle is no mistake here.
                let told = Arc::clone(&told);
                tokio::spawn(async move { drop(answer(stream, &told).await) });
            }
        });
        Self { address, state }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }
}

async fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).unwrap();
    let mut request = Request::new(head);
    let length = request.field("content-length").unwrap_or("0");
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await?;
    let answer = {
        let mut state = state.lock().unwrap();
        request.body = String::from_utf8(body).unwrap();
        request.at = state.now;
        let answer = state.answers.get(&request.name).cloned();
        let answer = answer.unwrap_or_else(|| Answer::status(404));
        let bytes = answer.bytes(&request);
        state.requests.push(request);
        (answer.manner, bytes)
    };
    match answer {
        (Manner::HangsUp, _) => {}
        (Manner::Silent, _) => std::future::pending().await,
        (Manner::Stalls, bytes) => {
            stream.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        (Manner::Whole | Manner::Cut, bytes) => {
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
            // Closing with a client's bytes unread would reset the connection.
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        }
    }
    Ok(())
}
