//! "2 hours ago", «вчера, 14:05», 3小时前: moments by their distance from the
//! moment at which the document was answered.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::{SignedDuration, Span, Timestamp};

/// What a relative form names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Relative {
    /// So long ago, to the minute.
    Moment(Timestamp),
    /// A day; the clock, if there is one, stands beside it.
    Day(Date),
}

/// A unit of time with its names: the beginnings of words, and the words
/// that are too short to be beginnings.
struct Unit {
    seconds: i64,
    begin: &'static str,
    whole: &'static str,
}

const DAY: i64 = 24 * 3600;

/// Longer names stand before the shorter ones that they begin with.
const UNITS: [Unit; 6] = [
    Unit {
        seconds: 30 * DAY,
        begin: "month месяц місяц месец monat mois meses ماه شهر أشهر 个月 個月 か月 개월 महीने مہین",
        whole: "mes ай айга oy моҳ ay",
    },
    Unit {
        seconds: 7 * DAY,
        begin: "week недел тижд тижн апта жума hafta ҳафта هفته أسبوع أسابيع woche semaine \
                semana 星期 周 週 주 सप्ताह ہفت",
        whole: "w",
    },
    Unit {
        seconds: DAY,
        begin: "day день дня дней днів дні дзень күн кун kun рӯз روز يوم أيام gün tag jour día dias \
                天 日 일 दिन دن",
        whole: "d дн д",
    },
    Unit {
        seconds: 3600,
        begin: "hour час годин сағат саат soat соат saat ساعت ساعة ساعات stunde heure hora 小时 小時 時間 \
                시간 घंट घण्ट گھنٹ",
        whole: "h hr hrs ч год st ore ora",
    },
    Unit {
        seconds: 60,
        begin: "minut minuto мин хвилин дақиқа daqiqa мүнөт دقیقه دقيقة دقائق dakika 分钟 分鐘 分 분 मिनट منٹ",
        whole: "m min mins dk хв dəq",
    },
    Unit {
        seconds: 1,
        begin: "second секунд сония soniya ثانیه ثانية ثوان saniye sekund 秒 초 सेकंड",
        whole: "s sec secs сек sn",
    },
];

/// What says that a distance lies in the past.
const AGO: &str = "ago назад тому бұрын мурун мурда oldin avval олдин аввал пеш پیش قبل منذ önce \
                   əvvəl vor hace há fa 前 之前 전 पहले پہلے";

/// Days by their names, as days before today.
const DAYS: [(i32, &str); 3] = [
    (
        2,
        "позавчера позавчора پریروز 前天 前日 vorgestern anteayer avant-hier",
    ),
    (
        1,
        "yesterday вчера вчора учора кеше кечээ кече kecha кеча дирӯз дируз دیروز أمس امس dün dünən \
         gestern hier ayer ontem ieri wczoraj 昨天 昨日 어제 कल",
    ),
    (
        0,
        "today сегодня сьогодні сёння бүгін бүгүн bugun бугун имрӯз имруз امروز اليوم bugün heute \
         aujourd hoy hoje oggi dziś 今天 今日 오늘 आज آج",
    ),
];

/// The day before, in two words.
const LAST_DAY: &str = "گزشتہ روز";

const NOW: &str = "just now;только что;щойно;刚刚;剛剛;刚才;şimdi;الآن;az önce;방금";

/// What `text` names, seen from `now`, which is on the day `today` where the
/// source is. `text` is in lower case, its digits are ASCII.
pub(super) fn read(text: &str, today: Date, now: Timestamp) -> Option<Relative> {
    if NOW.split(';').any(|phrase| text.contains(phrase)) {
        return Some(Relative::Moment(minute(now)?));
    }
    if let Some(days) = named_day(text) {
        return today
            .checked_sub(Span::new().try_days(days).ok()?)
            .ok()
            .map(Relative::Day);
    }
    if !words(text).any(is_ago) && !text.contains("il y a") {
        return None;
    }
    let (count, seconds) = distance(text)?;
    if seconds >= DAY {
        let days = count
            .checked_mul(seconds / DAY)
            .filter(|days| *days <= 400)?;
        return today
            .checked_sub(Span::new().try_days(days).ok()?)
            .ok()
            .map(Relative::Day);
    }
    let ago = SignedDuration::from_secs(count.checked_mul(seconds).filter(|s| *s <= 400 * DAY)?);
    Some(Relative::Moment(minute(now.checked_sub(ago).ok()?)?))
}

/// The minute: a distance is no more exact than this.
fn minute(moment: Timestamp) -> Option<Timestamp> {
    Timestamp::from_second(moment.as_second().div_euclid(60) * 60).ok()
}

/// Runs of letters, or of letters that stand for words each.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphabetic() || super::is_mark(c)))
        .filter(|word| !word.is_empty())
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{4e00}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}')
}

/// The words of `AGO`, and those that may end a run of letters.
static AGO_WORDS: LazyLock<(HashSet<&str>, Vec<&str>)> = LazyLock::new(|| {
    let ago = AGO.split_ascii_whitespace();
    let (ends, whole): (Vec<&str>, Vec<&str>) = ago.partition(|ago| ago.starts_with(is_han));
    (whole.into_iter().collect(), ends)
});

fn is_ago(word: &str) -> bool {
    let (whole, ends) = &*AGO_WORDS;
    whole.contains(word) || (word.ends_with(is_han) && ends.iter().any(|ago| word.ends_with(ago)))
}

/// Whether a word in lower case is one of those that such forms are made of.
pub(super) fn is_part(word: &str) -> bool {
    is_ago(word) || seconds(word).is_some() || named_day(word).is_some()
}

/// The names of `DAYS` that are words, and those that stand anywhere.
type DayNames = (HashMap<&'static str, i32>, Vec<(&'static str, i32)>);

static DAY_NAMES: LazyLock<DayNames> = LazyLock::new(|| {
    let all = DAYS.iter().flat_map(|(days, names)| {
        let names = names.split_ascii_whitespace();
        names.map(move |name| (name, *days))
    });
    let (anywhere, words): (Vec<_>, Vec<_>) =
        all.partition(|(name, _)| name.starts_with(is_han) || name.contains('-'));
    (words.into_iter().collect(), anywhere)
});

/// The day that is named; of several names the longest ago, as they hold the
/// others.
fn named_day(text: &str) -> Option<i32> {
    let (whole, anywhere) = &*DAY_NAMES;
    if text.contains(LAST_DAY) {
        return Some(1);
    }
    let by_word = words(text).filter_map(|word| whole.get(word).copied());
    let may_hold = text.contains(|c| is_han(c) || c == '-');
    let anywhere = anywhere.iter().filter(|_| may_hold);
    let found = anywhere.filter(|(name, _)| text.contains(name));
    by_word.chain(found.map(|(_, days)| *days)).max()
}

/// A number and the unit beside it; "an hour" is one, and Arabic has a form
/// of its own for two.
fn distance(text: &str) -> Option<(i64, i64)> {
    let digits = text.find(|c: char| c.is_ascii_digit());
    if let Some(at) = digits {
        let from = text.get(at..)?;
        let len = from
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(from.len());
        let count = from
            .get(..len)
            .filter(|digits| digits.len() <= 4)?
            .parse()
            .ok()?;
        let unit = words(from.get(len..)?).next()?;
        return Some((count, seconds(unit)?));
    }
    words(text).find_map(|word| {
        let count = if word.ends_with("ين") { 2 } else { 1 };
        Some((count, seconds(word)?))
    })
}

/// The name of a unit: how many letters may follow it, and its seconds.
type UnitName = (&'static str, usize, i64);

/// The names of `UNITS` in their order, by their first letters.
static UNIT_NAMES: LazyLock<HashMap<char, Vec<UnitName>>> = LazyLock::new(|| {
    let mut names: HashMap<char, Vec<UnitName>> = HashMap::new();
    for unit in UNITS {
        for (words, more) in [(unit.whole, 0), (unit.begin, 4)] {
            for name in words.split_ascii_whitespace() {
                if let Some(first) = name.chars().next() {
                    let of_letter = names.entry(first).or_default();
                    of_letter.push((name, more, unit.seconds));
                }
            }
        }
    }
    names
});

fn seconds(word: &str) -> Option<i64> {
    // The dual of Arabic ends the word in another letter.
    let dual = word.strip_suffix("تين").map(|stem| format!("{stem}ة"));
    let word = dual.as_deref().unwrap_or(word);
    let names = UNIT_NAMES.get(&word.chars().next()?)?;
    let is_it = |(name, more, _): &&UnitName| {
        let rest = word.strip_prefix(name);
        rest.is_some_and(|rest| rest.chars().nth(*more).is_none())
    };
    names.iter().find(is_it).map(|(_, _, seconds)| *seconds)
}
