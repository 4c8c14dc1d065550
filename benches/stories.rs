//! The story joiner at work: `cargo bench --bench stories`.
//!
//! A made-up stream in English, Russian and Chinese, whose words are as
//! unevenly common as those of news; every fourth word is a name, some are
//! numbers, every third headline begins with a head of state, and every third
//! item retells an earlier one.
//! Measured is what the desk does for a kept item, with a hundred thousand
//! kept before it and five thousand in the window: the median of five runs, in
//! processor time.

#![expect(
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "a bench stops at what it did not expect"
)]

use std::collections::HashMap;
use std::time::Instant;

use jiff::{SignedDuration, Timestamp};
use rustix::time::{ClockId, clock_gettime};
use scofeed::model::{Item, Joined, Parties, SourceKey, WebUrl};
use scofeed::story::{self, Known, Layers, Newcomer, Placed, Teller, Usage, Window};
use scofeed::text::url::canon;
use scofeed::topic;

/// Items kept before the measured ones.
const STORED: usize = 100_000;

/// Items in the window.
const IN_WINDOW: usize = 5_000;

/// Items measured in one run.
const MEASURED: usize = 20_000;

const RUNS: usize = 5;

/// Numbers that only look random, the same in every run.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % sides
    }

    /// A place among `sides`, the first ones far more often.
    fn uneven(&mut self, sides: usize) -> usize {
        let top = self.throw(sides).min(self.throw(sides)) + 1;
        self.throw(top)
    }
}

#[derive(Clone, Copy)]
enum Script {
    Latin,
    Cyrillic,
    Han,
}

/// The word of a number: syllables, or two characters.
fn word(script: Script, number: usize) -> String {
    let syllables: [&str; 16] = match script {
        Script::Latin => [
            "ka", "ri", "to", "men", "sa", "lu", "pe", "dor", "vi", "sha", "ne", "gor", "ba",
            "tin", "ul", "mo",
        ],
        Script::Cyrillic => [
            "ка", "ри", "то", "мен", "са", "лу", "пе", "дор", "ви", "ша", "не", "гор", "ба", "тин",
            "ул", "мо",
        ],
        Script::Han => [""; 16],
    };
    if let Script::Han = script {
        return (0..2)
            .filter_map(|place| {
                let code = 0x4E00 + (number * 7 + place * 911) % 3000;
                char::from_u32(u32::try_from(code).ok()?)
            })
            .collect();
    }
    let mut word = String::new();
    let mut rest = number + 16;
    while rest > 0 {
        word.push_str(syllables[rest % 16]);
        rest /= 16;
    }
    word
}

fn text(script: Script, numbers: &[usize]) -> String {
    let space = if let Script::Han = script { "" } else { " " };
    let words: Vec<String> = numbers.iter().map(|n| written(script, *n)).collect();
    words.join(space)
}

/// The word of a number, or a name or number in its place.
fn written(script: Script, number: usize) -> String {
    if number % 40 == 7 {
        return (number % 900 + 12).to_string();
    }
    let word = word(script, number);
    let mut letters = word.chars();
    match letters.next() {
        Some(first) if number.is_multiple_of(4) => first.to_uppercase().chain(letters).collect(),
        _ => word,
    }
}

/// Who begins a headline.
fn party(script: Script, number: usize) -> &'static str {
    let parties = match script {
        Script::Latin => ["Putin ", "Tokayev ", "Mirziyoyev "],
        Script::Cyrillic => ["Путин ", "Токаев ", "Мирзиёев "],
        Script::Han => ["普京", "托卡耶夫", "米尔济约耶夫"],
    };
    if number.is_multiple_of(3) {
        parties[number / 3 % 3]
    } else {
        ""
    }
}

/// The stream: headlines of nine words, leads of forty-five.
fn stream(len: usize) -> Vec<(Item, Parties)> {
    const WORDS: usize = 30_000;
    let mut dice = Dice(0x5C0F_EED0);
    let mut told: Vec<(Script, Vec<usize>)> = Vec::new();
    let mut items = Vec::with_capacity(len);
    for number in 0..len {
        let retold = number % 3 == 2;
        let (script, mut words) = if retold {
            let back = dice.throw(told.len().min(2_000)) + 1;
            told[told.len() - back].clone()
        } else {
            let script = [Script::Latin, Script::Cyrillic, Script::Han][dice.throw(3)];
            (script, (0..54).map(|_| dice.uneven(WORDS)).collect())
        };
        if retold {
            for _ in 0..12 {
                let place = dice.throw(words.len());
                words[place] = dice.uneven(WORDS);
            }
        }
        let (title, lead) = words.split_at(9);
        let mut item = Item::new(
            format!("https://outlet.example/{number}"),
            format!("{}{}", party(script, title[0]), text(script, title)),
        );
        item.lead = text(script, lead);
        item.link = WebUrl::parse(&format!("https://outlet{}.example/{number}", number % 50));
        item.canon = item.link.as_ref().map(canon);
        let parties = topic::parties(&item);
        items.push((item, parties));
        told.push((script, words));
    }
    items
}

struct Room {
    window: Window,
    tellers: Vec<Teller>,
    now: Timestamp,
}

impl Room {
    fn join(&mut self, number: usize, item: &Item, parties: &Parties) -> Option<Placed> {
        let step = story::SPAN.as_millis() / IN_WINDOW as i128;
        let step = SignedDuration::from_millis(i64::try_from(step).unwrap_or(1));
        self.now = self.now.checked_add(step).unwrap_or(self.now);
        self.window.forget(self.now);
        let mut known = Known::default();
        let newcomers = std::iter::once(Newcomer { item, parties });
        let teller = &self.tellers[number % self.tellers.len()];
        story::join(&mut self.window, &mut known, teller, newcomers, self.now).pop()
    }
}

/// The processor time of this process, in seconds: what else the machine does
/// is not counted.
fn cpu_time() -> f64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// Memory that this process holds, in KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let digits = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    digits.unwrap_or(0)
}

#[expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a bench measures real time and prints it"
)]
fn main() {
    let items = stream(STORED + MEASURED);
    let (stored, measured) = items.split_at(STORED);
    let mut room = Room {
        window: Window::default(),
        tellers: (0..50)
            .filter_map(|n| SourceKey::new(&format!("outlet-{n}")).ok())
            .map(|key| Teller::new(key, "Outlet", Layers::All))
            .collect(),
        now: Timestamp::UNIX_EPOCH,
    };
    let mut prints = Vec::with_capacity(STORED);
    for (number, (item, parties)) in stored.iter().enumerate() {
        let print = room
            .join(number, item, parties)
            .and_then(|placed| placed.print);
        prints.extend(print.map(|print| print.to_bytes()));
    }

    let mut ways: HashMap<&str, usize> = HashMap::new();
    let mut rates = Vec::new();
    for _ in 0..RUNS {
        let mut room = Room {
            window: room.window.clone(),
            tellers: room.tellers.clone(),
            now: room.now,
        };
        ways.clear();
        let started = cpu_time();
        for (number, (item, parties)) in measured.iter().enumerate() {
            let placed = room.join(number, item, parties);
            let way = match placed.map(|placed| placed.joined) {
                Some(Joined::Joins(_, evidence)) => evidence.how.as_str(),
                Some(Joined::Founds(_)) => "founds",
                Some(Joined::Known(_)) | None => "known",
            };
            *ways.entry(way).or_default() += 1;
        }
        let took = cpu_time() - started;
        rates.push(MEASURED as f64 / took);
        assert_eq!(room.window.len(), IN_WINDOW + 1);
    }
    rates.sort_by(f64::total_cmp);
    println!(
        "join                {:>9.0} items/s of processor time  {ways:?}",
        rates[RUNS / 2]
    );

    let bytes: usize = prints.iter().map(Vec::len).sum();
    let started = Instant::now();
    let mut usage = Usage::default();
    for print in &prints {
        usage.count(print);
    }
    let took = started.elapsed().as_secs_f64();
    println!(
        "count usage         {:>9.1} ms for {STORED} prints of {} bytes each",
        took * 1000.0,
        bytes / STORED
    );

    let before = resident();
    let copies: Vec<Window> = (0..4).map(|_| room.window.clone()).collect();
    let each = (resident() - before) / copies.len();
    println!("window              {each:>9} KiB with {IN_WINDOW} items and all counts");
}
