//! Mutated documents, dates, addresses and texts, as many as there is time
//! for: `cargo run --release --example fuzz -- --seconds 120`. It begins with
//! the documents of the tests and goes on from those that were read in a new
//! way. A finding is a panic, a broken promise of an item, or more than
//! 100 ms of a processor for 1 MiB; its input is cut down, kept in
//! `target/fuzz`, and can be given as an argument to see it again; so is the
//! slowest input of each target. The same seed makes the same inputs, as far as the time goes. Ends with 1 if there
//! is a finding.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a tool for those who work on the program"
)]

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use clap::Parser;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use rustix::time::{ClockId, clock_gettime};
use scofeed::model::{Expect, Failure, Head, Hints, Item, Parsed, Validators, WebUrl};
use scofeed::parse::{self, Recipe};
use scofeed::text::{date, fold, language, plain, url};

const MIB: usize = 1024 * 1024;

/// The time of a processor for an input of 1 MiB or less.
const PER_MIB: Duration = Duration::from_millis(100);

/// How often a slow input is tried again.
const TRIES: usize = 8;

/// Inputs that are kept to go on from, for each target.
const KEPT_AT_MOST: usize = 4_000;

/// Slow inputs of one target that are told.
const SLOW_AT_MOST: usize = 12;

#[derive(Debug, Parser)]
struct Args {
    /// How long to go on
    #[arg(long, default_value_t = 120)]
    seconds: u64,
    /// What the inputs are made from
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Only this target
    #[arg(long)]
    target: Option<String>,
    /// Inputs to see again, by every target
    files: Vec<PathBuf>,
}

/// What is fed with bytes: it answers with a word for the way in which they
/// were read, or says what promise is broken.
type Target = fn(&[u8]) -> Result<String, String>;

const TARGETS: [(&str, Target); 6] = [
    ("feed", feed),
    ("any", any),
    ("page", page),
    ("date", dates),
    ("url", addresses),
    ("text", texts),
];

fn main() -> ExitCode {
    let args = Args::parse();
    std::panic::set_hook(Box::new(|_| {}));
    let targets = TARGETS
        .iter()
        .filter(|(name, _)| args.target.as_deref().is_none_or(|only| only == *name));
    if !args.files.is_empty() {
        let mut clean = true;
        for path in &args.files {
            let input = std::fs::read(path).expect("a file");
            for (name, target) in targets.clone() {
                let read = least(*target, &input);
                let fault = fault(&read, &input);
                let least = read.unwrap_or_default();
                println!(
                    "{} {name}: {} ({least:.1?})",
                    path.display(),
                    fault.as_deref().unwrap_or("holds")
                );
                clean &= fault.is_none();
            }
        }
        return ExitCode::from(u8::from(!clean));
    }
    let seeds = seeds();
    let until = Instant::now() + Duration::from_secs(args.seconds);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let sum = Mutex::new(Sum::default());
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let (seeds, sum) = (&seeds, &sum);
            let mut fuzzers: Vec<Fuzzer<'_>> = targets
                .clone()
                .map(|(name, target)| {
                    let mut hasher = DefaultHasher::new();
                    (args.seed, thread, name).hash(&mut hasher);
                    Fuzzer::new(name, *target, seeds, hasher.finish())
                })
                .collect();
            scope.spawn(move || {
                while Instant::now() < until {
                    for fuzzer in &mut fuzzers {
                        fuzzer.go(Duration::from_millis(200), sum);
                    }
                }
            });
        }
    });
    let sum = sum.into_inner().unwrap();
    for (name, of) in &sum {
        println!(
            "{name}: {} inputs, {} ways of reading, the slowest {:.1?}",
            of.runs,
            of.ways.len(),
            of.slowest.0
        );
        keep(&format!("slowest-{name}"), &of.slowest.1);
    }
    let findings = sum.values().flat_map(|of| &of.findings);
    for finding in findings.clone() {
        println!("note: {finding}");
    }
    println!(
        "note: {} inputs, the slowest {:.1?}, {} findings",
        sum.values().map(|of| of.runs).sum::<u64>(),
        sum.values()
            .map(|of| of.slowest.0)
            .max()
            .unwrap_or_default(),
        findings.count()
    );
    ExitCode::from(u8::from(sum.values().any(|of| !of.findings.is_empty())))
}

/// The documents of the tests.
fn seeds() -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut folders: Vec<PathBuf> = ["tests/parse", "tests/pages", "tests/found", "demo"]
        .map(|folder| root.join(folder))
        .into();
    let mut seeds = Vec::new();
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        for path in paths {
            if path.is_dir() {
                folders.push(path);
            } else {
                seeds.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(
        seeds.len() > 100,
        "the documents of the tests are not there"
    );
    seeds
}

/// The time and the input.
type Slowest = (Duration, Vec<u8>);

type Sum = BTreeMap<&'static str, OfTarget>;

/// What came out for one target.
#[derive(Default)]
struct OfTarget {
    runs: u64,
    ways: HashSet<String>,
    slowest: Slowest,
    /// The beginnings of what was found: the same fault has the same.
    kinds: HashSet<String>,
    findings: Vec<String>,
}

struct Fuzzer<'s> {
    name: &'static str,
    target: Target,
    seeds: &'s [Vec<u8>],
    kept: Vec<Vec<u8>>,
    ways: HashSet<String>,
    slowest: Slowest,
    chance: Chance,
}

impl<'s> Fuzzer<'s> {
    fn new(name: &'static str, target: Target, seeds: &'s [Vec<u8>], seed: u64) -> Self {
        Self {
            name,
            target,
            seeds,
            kept: Vec::new(),
            ways: HashSet::new(),
            slowest: Slowest::default(),
            chance: Chance(seed),
        }
    }

    fn go(&mut self, time: Duration, sum: &Mutex<Sum>) {
        let until = Instant::now() + time;
        let mut runs = 0;
        while Instant::now() < until {
            let input = self.input();
            runs += 1;
            match self.try_once(&input) {
                Ok(way) => {
                    if self.kept.len() < KEPT_AT_MOST && self.ways.insert(way) {
                        self.kept.push(input);
                    }
                }
                Err(fault) => self.found(input, &fault, sum),
            }
        }
        let mut sum = sum.lock().unwrap();
        let of = sum.entry(self.name).or_default();
        of.runs += runs;
        of.ways.extend(self.ways.iter().cloned());
        if of.slowest.0 < self.slowest.0 {
            of.slowest.clone_from(&self.slowest);
        }
    }

    fn try_once(&mut self, input: &[u8]) -> Result<String, String> {
        let start = processor();
        let way = contained(self.target, input)?;
        let mut took = processor().saturating_sub(start);
        if took > self.slowest.0 {
            took = took.min(least(self.target, input)?);
        }
        match fault(&Ok(took), input) {
            Some(slow) => Err(slow),
            None => {
                if took > self.slowest.0 {
                    self.slowest = (took, input.to_vec());
                }
                Ok(way)
            }
        }
    }

    /// A new input, at most 1 MiB.
    fn input(&mut self) -> Vec<u8> {
        let mut input = self.old().clone();
        // Short texts are what dates, addresses and many elements are.
        if self.chance.one_in(if self.name == "date" { 1 } else { 8 }) && !input.is_empty() {
            let range = self.chance.range(input.len(), 200);
            input = input[range].to_vec();
        }
        for _ in 0..=self.chance.below(8) {
            self.mutate(&mut input);
        }
        if self.chance.one_in(64) && !input.is_empty() {
            self.swell(&mut input);
        }
        if self.chance.one_in(64) {
            self.heap(&mut input);
        }
        input.truncate(MIB);
        input
    }

    fn old(&mut self) -> &Vec<u8> {
        if !self.kept.is_empty() && self.chance.one_in(2) {
            &self.kept[self.chance.below(self.kept.len())]
        } else {
            &self.seeds[self.chance.below(self.seeds.len())]
        }
    }

    fn mutate(&mut self, input: &mut Vec<u8>) {
        let len = input.len();
        let place = self.chance.below(len + 1);
        let chosen = |chance: &mut Chance| TOKENS[chance.below(TOKENS.len())].as_bytes();
        match self.chance.below(9) {
            0 if len > 0 => input[place.min(len - 1)] ^= 1 << self.chance.below(8),
            1 if len > 0 => input[place.min(len - 1)] = self.chance.byte(),
            2 if len > 0 => drop(input.drain(self.chance.range(len, 400))),
            3 if len > 0 => {
                let copy = input[self.chance.range(len, 400)].to_vec();
                input.splice(place..place, copy);
            }
            4 => {
                let other = self.old().clone();
                if !other.is_empty() {
                    let part = &other[self.chance.range(other.len(), 600)];
                    input.splice(place..place, part.iter().copied());
                }
            }
            5 => input.truncate(place),
            6 if len > 0 => {
                let range = self.chance.range(len, 40);
                input.splice(range, chosen(&mut self.chance).iter().copied());
            }
            _ => drop(input.splice(place..place, chosen(&mut self.chance).iter().copied())),
        }
    }

    /// Repeats a part of the input until it is long: what takes more than
    /// linear time shows.
    fn swell(&mut self, input: &mut Vec<u8>) {
        let range = self.chance.range(input.len(), 60);
        let part = input[range.clone()].to_vec();
        let most = MIB >> self.chance.below(5);
        let times = most.saturating_sub(input.len()) / part.len();
        let end = range.end;
        let swollen = part.repeat(times);
        input.splice(end..end, swollen);
        if self.chance.one_in(2) {
            input.truncate(end + times * part.len());
        }
    }

    /// Puts into the input a few parts, each many times, and all of that many
    /// times: elements within each other around a long text, a thousand links
    /// of a hundred elements.
    fn heap(&mut self, input: &mut Vec<u8>) {
        let mut heap: Vec<u8> = Vec::new();
        for _ in 0..=self.chance.below(4) {
            let mut part: Vec<u8> = Vec::new();
            for _ in 0..=self.chance.below(3) {
                let old = self.old().clone();
                if self.chance.one_in(4) && !old.is_empty() {
                    part.extend(&old[self.chance.range(old.len(), 60)]);
                } else {
                    part.extend(TOKENS[self.chance.below(TOKENS.len())].as_bytes());
                }
            }
            let times = 1 << self.chance.below(17);
            heap.extend(part.repeat(usize::min(times, MIB / part.len())));
        }
        heap.truncate(MIB.saturating_sub(input.len()));
        let most = MIB
            .saturating_sub(input.len())
            .checked_div(heap.len())
            .unwrap_or(0);
        let times = usize::min(1 << self.chance.below(17), most);
        let place = self.chance.below(input.len() + 1);
        input.splice(place..place, heap.repeat(times));
    }

    fn found(&self, input: Vec<u8>, fault: &str, sum: &Mutex<Sum>) {
        // Two inputs that are slow have two reasons as a rule.
        let is_slow = fault.starts_with(SLOW);
        let kind: String = fault
            .chars()
            .filter(|c| is_slow || !c.is_ascii_digit())
            .take(60)
            .collect();
        let is_new = |sum: &mut Sum| {
            let of = sum.entry(self.name).or_default();
            let slow = of.kinds.iter().filter(|kind| kind.starts_with(SLOW));
            (!is_slow || slow.count() < SLOW_AT_MOST) && of.kinds.insert(kind)
        };
        if !is_new(&mut sum.lock().unwrap()) {
            return;
        }
        let input = self.cut_down(input, fault);
        let mut hasher = DefaultHasher::new();
        input.hash(&mut hasher);
        let path = keep(&format!("{}-{:016x}", self.name, hasher.finish()), &input);
        let finding = format!(
            "{}: {fault}, {} bytes in {}",
            self.name,
            input.len(),
            path.display()
        );
        println!("{finding}");
        let mut sum = sum.lock().unwrap();
        sum.entry(self.name).or_default().findings.push(finding);
    }

    /// The input without what the fault does not need.
    fn cut_down(&self, mut input: Vec<u8>, fault: &str) -> Vec<u8> {
        let slow = fault.starts_with(SLOW);
        let until = Instant::now() + Duration::from_secs(10);
        let mut size = input.len() / 2;
        // A slow input is slow by its length.
        while size > 0 && !slow {
            let mut at = 0;
            while at < input.len() && Instant::now() < until {
                let mut shorter = input.clone();
                drop(shorter.drain(at..(at + size).min(input.len())));
                if contained(self.target, &shorter).is_err() {
                    input = shorter;
                } else {
                    at += size;
                }
            }
            size /= 2;
        }
        input
    }
}

/// Writes an input where it can be looked at.
fn keep(name: &str, input: &[u8]) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/fuzz");
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join(name);
    std::fs::write(&path, input).unwrap();
    path
}

const SLOW: &str = "slow";

/// What is wrong with how an input was read, in the least of several times.
fn fault(read: &Result<Duration, String>, input: &[u8]) -> Option<String> {
    match read {
        Err(fault) => Some(fault.clone()),
        Ok(least) => {
            (*least > PER_MIB).then(|| format!("{SLOW}: {least:.1?} for {} bytes", input.len()))
        }
    }
}

/// The least time of a processor that the target takes for the input. What
/// else runs on the machine lengthens it, so it is tried until it is short
/// enough, a few times at most.
fn least(target: Target, input: &[u8]) -> Result<Duration, String> {
    let mut least = Duration::MAX;
    for _ in 0..TRIES {
        let start = processor();
        contained(target, input)?;
        least = least.min(processor().saturating_sub(start));
        if least <= PER_MIB {
            break;
        }
    }
    Ok(least)
}

fn contained(target: Target, input: &[u8]) -> Result<String, String> {
    catch_unwind(AssertUnwindSafe(|| target(input))).unwrap_or_else(|panic| {
        let said = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|said| (*said).to_owned()));
        Err(format!("panic: {}", said.unwrap_or_default()))
    })
}

fn processor() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(now.tv_sec.unsigned_abs(), now.tv_nsec.try_into().unwrap())
}

/// Numbers that look random and are the same for the same seed (`SplitMix64`).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() >> 1).unwrap() % end.max(1)
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    fn one_in(&mut self, many: usize) -> bool {
        self.below(many) == 0
    }

    /// A part that is not empty of what has so many bytes.
    fn range(&mut self, len: usize, most: usize) -> std::ops::Range<usize> {
        let begin = self.below(len);
        let most = (len - begin).min(most);
        begin..begin + 1 + self.below(most)
    }
}

fn now() -> Timestamp {
    "2026-11-23T10:30:00Z".parse().unwrap()
}

fn head() -> Head {
    Head {
        url: WebUrl::parse("https://news.example/rss/feed.xml").unwrap(),
        hops: Vec::new(),
        status: 200,
        content_type: None,
        validators: Validators::default(),
        hints: Hints::default(),
        wire_bytes: 0,
    }
}

fn feed(input: &[u8]) -> Result<String, String> {
    document(&Recipe::feed().with_content(), input)
}

fn any(input: &[u8]) -> Result<String, String> {
    document(&Recipe::any(), input)
}

fn document(recipe: &Recipe, input: &[u8]) -> Result<String, String> {
    match parse::document(recipe, &head(), input, now()) {
        Err(Failure::Panicked(said)) => Err(format!("panic: {said}")),
        Err(failure) => Ok(beginning(&failure.to_string())),
        Ok(parsed) => {
            promises(&parsed)?;
            Ok(way(&parsed))
        }
    }
}

/// A list page, an article page, and what it names.
fn page(input: &[u8]) -> Result<String, String> {
    // Each has the time of one document.
    let list = Recipe::page(None, Expect::default()).expect("no selectors");
    // Not by its beginning: pages begin alike.
    let way = match input.len() % 4 {
        0 => match parse::article(&list, &head(), input, now()) {
            Err(Failure::Panicked(said)) => return Err(format!("panic: {said}")),
            Err(failure) => beginning(&failure.to_string()),
            Ok(article) => {
                fit(&article.lead, true)?;
                format!(
                    "{} {}",
                    article.lead.is_empty(),
                    article.byline.len().min(3)
                )
            }
        },
        1 => format!("{:?}", parse::discover(&head(), input).feeds.len().min(4)),
        _ => document(&list, input)?,
    };
    Ok(way)
}

fn beginning(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_ascii_digit())
        .take(24)
        .collect()
}

/// What is different when a document is read in another way.
fn way(parsed: &Parsed) -> String {
    let has = |is: fn(&Item) -> bool| parsed.items.iter().filter(|item| is(item)).count().min(3);
    format!(
        "{} {} {:?} {:?} {:?} {} {} {} {} {} {} {} {}",
        beginning(&parsed.format),
        parsed.items.len().min(6),
        parsed
            .skipped
            .iter()
            .map(|s| beginning(&s.why))
            .collect::<std::collections::BTreeSet<_>>(),
        parsed.partial.as_deref().map(beginning),
        parsed.breach.as_deref().map(beginning),
        parsed.language.is_some(),
        parsed.title.is_some(),
        has(|item| item.link.is_some()),
        has(|item| item.stated.is_some()),
        has(|item| !item.lead.is_empty()),
        has(|item| !item.byline.is_empty()),
        has(|item| !item.media.is_empty()),
        has(|item| item.outlet.is_some()),
    )
}

/// What every item promises, and a document of its items.
fn promises(parsed: &Parsed) -> Result<(), String> {
    let mut keys = HashSet::new();
    for item in &parsed.items {
        if !keys.insert(&item.key) {
            return Err(format!("two items have one key: {}", item.key));
        }
        if !item.title.chars().any(char::is_alphanumeric) {
            return Err(format!("a headline without a letter: {:?}", item.title));
        }
        let lines = [&item.title, &item.content]
            .into_iter()
            .chain(&item.byline)
            .chain(&item.categories)
            .chain(&item.outlet);
        for line in lines {
            fit(line, false)?;
        }
        fit(&item.lead, true)?;
        let links = item.link.iter().map(WebUrl::as_str);
        for link in links.chain(item.media.iter().map(|media| media.url.as_str())) {
            web(link)?;
        }
    }
    Ok(())
}

fn fit(text: &str, lines: bool) -> Result<(), String> {
    match text
        .chars()
        .find(|c| plain::is_unfit(*c) && !(lines && *c == '\n'))
    {
        Some(c) => Err(format!(
            "an unfit character came through: {c:?} in {text:?}"
        )),
        None => Ok(()),
    }
}

fn web(link: &str) -> Result<(), String> {
    if link.starts_with("http://") || link.starts_with("https://") {
        Ok(())
    } else {
        Err(format!("no web address came out: {link}"))
    }
}

fn dates(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
    let read = date::read(&text, &zone, now());
    if read.is_some_and(|moment| moment.strftime("%Y").to_string().len() != 4) {
        return Err(format!("a year that cannot be: {text:?}"));
    }
    Ok(read.map_or_else(
        || "undated".to_owned(),
        |moment| format!("{} {}", moment.strftime("%Y"), text.len().min(40)),
    ))
}

fn addresses(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    let base = head().url;
    let Some(link) = url::published(&base, &text) else {
        return Ok("none".to_owned());
    };
    web(link.as_str())?;
    let again = WebUrl::parse(link.as_str()).ok_or("a link that is none")?;
    if again != link {
        return Err(format!("{link} reads as {again}"));
    }
    let canon = url::canon(&link);
    drop((url::unwrapped(&link), url::mended(&text)));
    Ok(format!(
        "{} {}",
        link.as_url().path().len().min(20),
        canon.len().min(40)
    ))
}

fn texts(input: &[u8]) -> Result<String, String> {
    let text = String::from_utf8_lossy(input);
    // Each has the time of one document.
    let part = input.first().map_or(0, |byte| byte % 3);
    if part == 0 {
        let lines = plain::text(&text);
        fit(&lines, true)?;
        if plain::tidy(&lines) != lines {
            return Err(format!("not tidy: {lines:?}"));
        }
        return Ok(format!("{} lines", lines.lines().count().min(5)));
    }
    if part == 1 {
        let folded = fold::folded(&text);
        let language = language::guess(&text);
        return Ok(format!("{language:?} {}", folded.len().min(30)));
    }
    let line = plain::line(&text);
    fit(&line, false)?;
    let short = plain::cut(&line, 80);
    if short.chars().count() > 81 {
        return Err(format!("not cut: {short:?}"));
    }
    Ok(format!("{} in a line", line.chars().count().min(30)))
}

/// Pieces of documents.
const TOKENS: &[&str] = &[
    "<",
    ">",
    "&",
    "\"",
    "'",
    "=",
    "/>",
    "</",
    "<!--",
    "-->",
    "<![CDATA[",
    "[CDATA[\"",
    "]]>",
    "<?",
    "?>",
    "<!",
    "[",
    "]",
    "<!DOCTYPE a [<!ENTITY b \"c\">]>",
    "&amp;",
    "&lt;",
    "&gt;",
    "&#0;",
    "&#x",
    "&#8;",
    "&#xD800;",
    "&nbsp;",
    "<rss version=\"2.0\">",
    "<rss>",
    "</rss>",
    "<channel>",
    "</channel>",
    "<item>",
    "</item>",
    "<entry>",
    "</entry>",
    "<feed xmlns=\"http://www.w3.org/2005/Atom\">",
    "</feed>",
    "<rdf:RDF>",
    "<title>",
    "</title>",
    "<title type=\"xhtml\">",
    "<link>",
    "</link>",
    "<link href=\"/a\"/>",
    "<guid>",
    "</guid>",
    "<guid isPermaLink=\"false\">",
    "<id>",
    "</id>",
    "<description>",
    "</description>",
    "<content:encoded>",
    "</content:encoded>",
    "<content type=\"html\">",
    "</content>",
    "<summary>",
    "<pubDate>",
    "</pubDate>",
    "<dc:date>",
    "<author>",
    "</author>",
    "<name>",
    "</name>",
    "<dc:creator>",
    "<category>",
    "<category term='a'/>",
    "<source url='x'>",
    "</source>",
    "<media:group>",
    "<media:content url='u'/>",
    "<enclosure url='a.mp4'/>",
    "<skipHours><hour>3</hour>",
    "<ttl>60</ttl>",
    "<x:y>",
    "</x:y>",
    " xmlns:x='http://purl.org/dc/elements/1.1/'",
    " xml:base='b/'",
    " xml:lang='ru'",
    "<html>",
    "<head>",
    "<body>",
    "<div>",
    "</div>",
    "<p>",
    "</p>",
    "<br>",
    "<b>",
    "</b>",
    "<i>",
    "<a href='/news/2026/11/20/a-b-c-d'>",
    "</a>",
    "<ul>",
    "<li>",
    "</ul>",
    "<table><td>",
    "<time datetime='2026-11-20T10:00'>",
    "</time>",
    "<h1>",
    "<h2>",
    "</h2>",
    "<article>",
    "</article>",
    "<nav>",
    "<script>",
    "</script>",
    "<script type='application/ld+json'>",
    "<style>",
    "<svg>",
    "<template>",
    "<select>",
    "<base href='//b.example/'>",
    "<meta property='og:title' content='A title'>",
    "<meta charset=gb2312>",
    "class=\"date\"",
    "class=\"title\"",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\\u",
    "\\ud83d",
    "\"items\":[",
    "{\"title\":\"x\",",
    "\"url\":\"/a\"",
    "\"date\":1700000000",
    "null",
    "1e999",
    "-0",
    "{\"@type\":\"NewsArticle\",\"headline\":\"A b\"}",
    "<urlset>",
    "<url><loc>https://a.example/1</loc>",
    "<news:title>A b c</news:title>",
    "</url>",
    "Mon, 23 Nov 2026 10:00:00 GMT",
    "2026-11-23T10:00:00Z",
    "23.11.2026 10:00",
    "2026年11月23日",
    "вчера, 14:05",
    "2 hours ago",
    "3小时前",
    "02 مرداد 1405",
    "1700000000",
    "24:00",
    "31 Feb",
    "+25:00",
    "(((",
    "MSK",
    "PM",
    "BC",
    "Саммит ШОС",
    "上合组织",
    "İ",
    "ß",
    "ŉ",
    "\u{301}",
    "\u{202e}",
    "\u{feff}",
    "\u{200d}",
    "\u{0}",
    "\u{85}",
    "\u{fffe}",
    "\u{2028}",
    "\u{10ffff}",
    "\r\n",
    "\n\n",
    "\t",
    "http://",
    "https://xn--a.example/",
    "//b.example",
    "javascript:alert(1)",
    "%2e%2e%2f",
    "?utm_source=a&b=c",
    "#x",
    "http://[::1]:99999/",
    "user:pass@",
    "a@b.example (",
    "The post ",
    " appeared first on ",
    "Read more",
    "By Anna Orlova",
    " | ",
    "&#x1F600;",
    "<?xml version=\"1.0\" encoding=\"windows-1251\"?>",
];
