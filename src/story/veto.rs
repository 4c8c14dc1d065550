//! What says that two headlines are not about the same, however alike they
//! are: other numbers, other days, other parties.

use std::sync::LazyLock;

use super::print::Print;
use crate::model::Actor;
use crate::text::fold::Tokens;

/// A number at most that counts, in digits: longer ones are identifiers.
const DIGITS: usize = 4;

/// Something that a headline counts or dates by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mark {
    /// A number, in digits or in words.
    Number(u16),
    /// A day of the week, from Monday.
    Weekday(u8),
    /// A month, from January.
    Month(u8),
    /// One side of two contraries, such as to open and to close: twice the
    /// place of the two in the table, and one more for the second.
    Side(u16),
    /// That something is not so.
    Not,
}

impl Mark {
    /// Bytes of one stored mark.
    pub(super) const SIZE: usize = 3;

    pub(super) fn to_bytes(self) -> [u8; Self::SIZE] {
        let (kind, value) = match self {
            Self::Number(number) => (0, number),
            Self::Weekday(day) => (1, day.into()),
            Self::Month(month) => (2, month.into()),
            Self::Side(side) => (3, side),
            Self::Not => (4, 0),
        };
        let [low, high] = value.to_le_bytes();
        [kind, low, high]
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let [kind, low, high] = bytes.try_into().ok()?;
        match kind {
            0 => Some(Self::Number(u16::from_le_bytes([low, high]))),
            1 => Some(Self::Weekday(low)),
            2 => Some(Self::Month(low)),
            3 => Some(Self::Side(u16::from_le_bytes([low, high]))),
            4 => Some(Self::Not),
            _ => None,
        }
    }

    fn kind(self) -> u8 {
        let [kind, ..] = self.to_bytes();
        kind
    }
}

/// The marks of a headline, each once, in order.
pub(super) fn marks(tokens: &Tokens) -> Box<[Mark]> {
    let mut marks = Vec::new();
    for word in tokens.iter() {
        marks.extend(mark(word.folded));
        marks.extend(side(word.folded).map(Mark::Side));
        if NOT.contains(&word.folded) {
            marks.push(Mark::Not);
        }
    }
    let mut place = 0;
    while place < tokens.len() {
        let pair = [tokens.get(place), tokens.get(place + 1)];
        if let [Some(one), Some(other)] = pair {
            let is = |pair: &[&str; 2]| *pair == [one.folded, other.folded];
            marks.extend(HAN_SIDES.iter().position(is).and_then(han_side));
        }
        let found = han(tokens, place);
        marks.extend(found.map(|(mark, _)| mark));
        place += found.map_or(1, |(_, taken)| taken);
    }
    marks.sort_unstable();
    marks.dedup();
    marks.truncate(usize::from(u8::MAX));
    marks.into()
}

/// What a word counts or dates by.
pub(super) fn mark(word: &str) -> Option<Mark> {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let number = word.parse().ok().filter(|_| word.len() <= DIGITS);
        return number.map(Mark::Number);
    }
    let at = WORDS.binary_search_by_key(&word, |(word, _)| word).ok()?;
    WORDS.get(at).map(|(_, mark)| *mark)
}

/// Whether each of the two names something that the other does not: twelve
/// here and fifteen there, Tokayev here and Mirziyoyev there. One that only
/// says less parts nothing.
fn differ<T: PartialEq>(
    a: &(impl Iterator<Item = T> + Clone),
    b: &(impl Iterator<Item = T> + Clone),
) -> bool {
    a.clone().any(|one| b.clone().all(|other| other != one))
        && b.clone().any(|one| a.clone().all(|other| other != one))
}

/// Whether the marks say that the two are not about the same.
pub(super) fn marks_part(a: &[Mark], b: &[Mark]) -> bool {
    fn of(marks: &[Mark], kind: u8) -> impl Iterator<Item = &Mark> + Clone {
        marks.iter().filter(move |mark| mark.kind() == kind)
    }
    (0..=2).any(|kind| differ(&of(a, kind), &of(b, kind)))
        || a.contains(&Mark::Not) != b.contains(&Mark::Not)
        || contrary(a, b)
}

/// Whether one takes one side of two contraries and the other the other:
/// "summit opens" and "summit closes".
fn contrary(a: &[Mark], b: &[Mark]) -> bool {
    a.iter().any(|mark| match mark {
        Mark::Side(side) => {
            let other = Mark::Side(side ^ 1);
            b.contains(&other) && !a.contains(&other) && !b.contains(mark)
        }
        _ => false,
    })
}

/// Whether both headlines say that one party does something to another, and
/// they are the other way round.
pub(super) fn reversed(a: &Print, b: &Print) -> bool {
    fn common<'p>(of: &'p Print, other: &'p Print) -> impl Iterator<Item = &'p Actor> {
        let both = of.actors.iter().filter(|actor| actor.parts);
        both.filter(|actor| other.actors.contains(actor))
    }
    a.acts && b.acts && common(a, b).ne(common(b, a))
}

/// Whether each of the two names a person, a place or a day that the other
/// does not: one outlet's forum in Kazan, and its forum in Minsk.
pub(super) fn names_part(a: &Print, b: &Print) -> bool {
    differ(&a.names.iter(), &b.names.iter())
}

/// Whether the parties say that the two are not about the same. A person
/// counts as his country, but other persons are other news, even where both
/// countries are named: "Xi meets Tokayev in Astana", "Xi meets Mirziyoyev in
/// Astana".
pub(super) fn actors_part(a: &[Actor], b: &[Actor]) -> bool {
    fn countries(actors: &[Actor]) -> impl Iterator<Item = &str> + Clone {
        let parting = actors.iter().filter(|actor| actor.parts);
        parting.map(|actor| actor.of.as_deref().unwrap_or(&actor.key))
    }
    fn persons(actors: &[Actor]) -> impl Iterator<Item = &str> + Clone {
        let persons = actors.iter().filter(|actor| actor.of.is_some());
        persons.map(|actor| actor.key.as_str())
    }
    differ(&countries(a), &countries(b)) || differ(&persons(a), &persons(b))
}

/// Words that say that something is not so.
const NOT: [&str; 8] = [
    "cannot",
    "never",
    "nor",
    "not",
    "не",
    "ни",
    "никогда",
    "нет",
];

/// On which side of two contraries a word stands.
fn side(word: &str) -> Option<u16> {
    // Of the stems before the word in order, the one it begins with is the
    // last, as none begins with another.
    let after = STEMS.partition_point(|(stem, _)| *stem <= word);
    let (stem, side) = STEMS.get(after.checked_sub(1)?)?;
    word.starts_with(stem).then_some(*side)
}

/// The stems of `SIDES` in order, each with its side.
static STEMS: LazyLock<Vec<(&str, u16)>> = LazyLock::new(|| {
    let sides = SIDES.iter().flatten().zip(0_u16..);
    let mut stems: Vec<_> = sides
        .flat_map(|(stems, side)| stems.iter().map(move |stem| (*stem, side)))
        .collect();
    stems.sort_unstable();
    stems
});

/// Contraries: how words of the one side and of the other begin, folded.
const SIDES: [[&[&str]; 2]; 19] = [
    [&["open"], &["close", "closing"]],
    [&["join"], &["leave", "leaving", "quit", "withdr"]],
    [
        &["uphold", "upheld", "approv", "accept"],
        &["reject", "overturn"],
    ],
    [
        &[
            "rise", "rising", "rose", "grow", "grew", "gain", "climb", "increas",
        ],
        &["fall", "fell", "drop", "shrink", "declin", "decreas"],
    ],
    [&["higher"], &["lower"]],
    [&["wins", "won", "winning"], &["lose", "lost"]],
    [
        &["begin", "began", "start"],
        &["ends", "ended", "finish", "conclud"],
    ],
    [&["arriv"], &["depart"]],
    [&["confirm"], &["denies", "denied", "deny"]],
    [&["allow", "permit"], &["bans", "banned", "prohibit"]],
    [&["откры"], &["закры"]],
    [
        &["начал", "начин", "старт"],
        &["заверш", "законч", "окончи"],
    ],
    [
        &["вырос", "увелич", "подорож", "повыс"],
        &["упал", "снизи", "сократ", "подешев", "пониз"],
    ],
    [
        &["приня", "одобр", "поддерж", "утверд"],
        &["отклон", "отверг"],
    ],
    [&["прибы"], &["отбы", "покин"]],
    [
        &["вступ", "присоед"],
        &["вышел", "вышла", "выидет", "выход"],
    ],
    [&["подтверд"], &["опроверг"]],
    [&["разреш"], &["запрет"]],
    [&["побед", "выигр"], &["проигр"]],
];

/// The same in Chinese, by turns.
const HAN_SIDES: [[&str; 2]; 16] = [
    ["开", "幕"],
    ["闭", "幕"],
    ["上", "涨"],
    ["下", "跌"],
    ["增", "长"],
    ["下", "降"],
    ["加", "入"],
    ["退", "出"],
    ["开", "始"],
    ["结", "束"],
    ["批", "准"],
    ["拒", "绝"],
    ["确", "认"],
    ["否", "认"],
    ["抵", "达"],
    ["离", "开"],
];

/// The mark of a pair of characters, by its place in the table.
fn han_side(place: usize) -> Option<Mark> {
    let side = u16::try_from(2 * SIDES.len() + place).ok()?;
    Some(Mark::Side(side))
}

/// Numbers and days that headlines write in words, folded, in order. Words
/// that are also others (`may`, `march`) are left out.
const WORDS: [(&str, Mark); 227] = [
    ("april", Mark::Month(3)),
    ("august", Mark::Month(7)),
    ("december", Mark::Month(11)),
    ("eight", Mark::Number(8)),
    ("eighteen", Mark::Number(18)),
    ("eighteenth", Mark::Number(18)),
    ("eighth", Mark::Number(8)),
    ("eighty", Mark::Number(80)),
    ("eleven", Mark::Number(11)),
    ("eleventh", Mark::Number(11)),
    ("february", Mark::Month(1)),
    ("fifteen", Mark::Number(15)),
    ("fifteenth", Mark::Number(15)),
    ("fifth", Mark::Number(5)),
    ("fifty", Mark::Number(50)),
    ("first", Mark::Number(1)),
    ("five", Mark::Number(5)),
    ("forty", Mark::Number(40)),
    ("four", Mark::Number(4)),
    ("fourteen", Mark::Number(14)),
    ("fourteenth", Mark::Number(14)),
    ("fourth", Mark::Number(4)),
    ("friday", Mark::Weekday(4)),
    ("hundred", Mark::Number(100)),
    ("january", Mark::Month(0)),
    ("july", Mark::Month(6)),
    ("june", Mark::Month(5)),
    ("monday", Mark::Weekday(0)),
    ("nine", Mark::Number(9)),
    ("nineteen", Mark::Number(19)),
    ("nineteenth", Mark::Number(19)),
    ("ninety", Mark::Number(90)),
    ("ninth", Mark::Number(9)),
    ("november", Mark::Month(10)),
    ("october", Mark::Month(9)),
    ("saturday", Mark::Weekday(5)),
    ("second", Mark::Number(2)),
    ("september", Mark::Month(8)),
    ("seven", Mark::Number(7)),
    ("seventeen", Mark::Number(17)),
    ("seventeenth", Mark::Number(17)),
    ("seventh", Mark::Number(7)),
    ("seventy", Mark::Number(70)),
    ("six", Mark::Number(6)),
    ("sixteen", Mark::Number(16)),
    ("sixteenth", Mark::Number(16)),
    ("sixth", Mark::Number(6)),
    ("sixty", Mark::Number(60)),
    ("sunday", Mark::Weekday(6)),
    ("ten", Mark::Number(10)),
    ("tenth", Mark::Number(10)),
    ("third", Mark::Number(3)),
    ("thirteen", Mark::Number(13)),
    ("thirteenth", Mark::Number(13)),
    ("thirtieth", Mark::Number(30)),
    ("thirty", Mark::Number(30)),
    ("thousand", Mark::Number(1000)),
    ("three", Mark::Number(3)),
    ("thursday", Mark::Weekday(3)),
    ("tuesday", Mark::Weekday(1)),
    ("twelfth", Mark::Number(12)),
    ("twelve", Mark::Number(12)),
    ("twentieth", Mark::Number(20)),
    ("twenty", Mark::Number(20)),
    ("two", Mark::Number(2)),
    ("wednesday", Mark::Weekday(2)),
    ("август", Mark::Month(7)),
    ("августа", Mark::Month(7)),
    ("августе", Mark::Month(7)),
    ("апреле", Mark::Month(3)),
    ("апрель", Mark::Month(3)),
    ("апреля", Mark::Month(3)),
    ("восемнадцати", Mark::Number(18)),
    ("восемнадцать", Mark::Number(18)),
    ("восемь", Mark::Number(8)),
    ("восемьдесят", Mark::Number(80)),
    ("воскресенье", Mark::Weekday(6)),
    ("воскресенья", Mark::Weekday(6)),
    ("восьмая", Mark::Number(8)),
    ("восьми", Mark::Number(8)),
    ("восьмидесяти", Mark::Number(80)),
    ("восьмого", Mark::Number(8)),
    ("восьмои", Mark::Number(8)),
    ("восьмую", Mark::Number(8)),
    ("вторая", Mark::Number(2)),
    ("вторник", Mark::Weekday(1)),
    ("вторника", Mark::Weekday(1)),
    ("вторнику", Mark::Weekday(1)),
    ("второго", Mark::Number(2)),
    ("второе", Mark::Number(2)),
    ("второи", Mark::Number(2)),
    ("второму", Mark::Number(2)),
    ("вторую", Mark::Number(2)),
    ("два", Mark::Number(2)),
    ("двадцати", Mark::Number(20)),
    ("двадцать", Mark::Number(20)),
    ("две", Mark::Number(2)),
    ("двенадцати", Mark::Number(12)),
    ("двенадцать", Mark::Number(12)),
    ("двое", Mark::Number(2)),
    ("двумя", Mark::Number(2)),
    ("двух", Mark::Number(2)),
    ("девяноста", Mark::Number(90)),
    ("девяносто", Mark::Number(90)),
    ("девятая", Mark::Number(9)),
    ("девяти", Mark::Number(9)),
    ("девятнадцати", Mark::Number(19)),
    ("девятнадцать", Mark::Number(19)),
    ("девятого", Mark::Number(9)),
    ("девятую", Mark::Number(9)),
    ("девятыи", Mark::Number(9)),
    ("девять", Mark::Number(9)),
    ("декабре", Mark::Month(11)),
    ("декабрь", Mark::Month(11)),
    ("декабря", Mark::Month(11)),
    ("десятая", Mark::Number(10)),
    ("десяти", Mark::Number(10)),
    ("десятого", Mark::Number(10)),
    ("десятую", Mark::Number(10)),
    ("десятыи", Mark::Number(10)),
    ("десять", Mark::Number(10)),
    ("июле", Mark::Month(6)),
    ("июль", Mark::Month(6)),
    ("июля", Mark::Month(6)),
    ("июне", Mark::Month(5)),
    ("июнь", Mark::Month(5)),
    ("июня", Mark::Month(5)),
    ("мае", Mark::Month(4)),
    ("марта", Mark::Month(2)),
    ("марте", Mark::Month(2)),
    ("мая", Mark::Month(4)),
    ("ноябре", Mark::Month(10)),
    ("ноябрь", Mark::Month(10)),
    ("ноября", Mark::Month(10)),
    ("одиннадцати", Mark::Number(11)),
    ("одиннадцать", Mark::Number(11)),
    ("октябре", Mark::Month(9)),
    ("октябрь", Mark::Month(9)),
    ("октября", Mark::Month(9)),
    ("первая", Mark::Number(1)),
    ("первого", Mark::Number(1)),
    ("первое", Mark::Number(1)),
    ("первои", Mark::Number(1)),
    ("первую", Mark::Number(1)),
    ("первыи", Mark::Number(1)),
    ("понедельник", Mark::Weekday(0)),
    ("понедельника", Mark::Weekday(0)),
    ("пятая", Mark::Number(5)),
    ("пятеро", Mark::Number(5)),
    ("пяти", Mark::Number(5)),
    ("пятидесяти", Mark::Number(50)),
    ("пятнадцати", Mark::Number(15)),
    ("пятнадцать", Mark::Number(15)),
    ("пятница", Mark::Weekday(4)),
    ("пятницу", Mark::Weekday(4)),
    ("пятницы", Mark::Weekday(4)),
    ("пятого", Mark::Number(5)),
    ("пятое", Mark::Number(5)),
    ("пятую", Mark::Number(5)),
    ("пятыи", Mark::Number(5)),
    ("пять", Mark::Number(5)),
    ("пятьдесят", Mark::Number(50)),
    ("седьмая", Mark::Number(7)),
    ("седьмого", Mark::Number(7)),
    ("седьмои", Mark::Number(7)),
    ("седьмую", Mark::Number(7)),
    ("семеро", Mark::Number(7)),
    ("семи", Mark::Number(7)),
    ("семидесяти", Mark::Number(70)),
    ("семнадцати", Mark::Number(17)),
    ("семнадцать", Mark::Number(17)),
    ("семь", Mark::Number(7)),
    ("семьдесят", Mark::Number(70)),
    ("сентябре", Mark::Month(8)),
    ("сентябрь", Mark::Month(8)),
    ("сентября", Mark::Month(8)),
    ("сорок", Mark::Number(40)),
    ("сорока", Mark::Number(40)),
    ("среду", Mark::Weekday(2)),
    ("среды", Mark::Weekday(2)),
    ("ста", Mark::Number(100)),
    ("сто", Mark::Number(100)),
    ("суббота", Mark::Weekday(5)),
    ("субботу", Mark::Weekday(5)),
    ("субботы", Mark::Weekday(5)),
    ("тремя", Mark::Number(3)),
    ("третии", Mark::Number(3)),
    ("третье", Mark::Number(3)),
    ("третьего", Mark::Number(3)),
    ("третью", Mark::Number(3)),
    ("третья", Mark::Number(3)),
    ("трех", Mark::Number(3)),
    ("три", Mark::Number(3)),
    ("тридцати", Mark::Number(30)),
    ("тридцать", Mark::Number(30)),
    ("тринадцати", Mark::Number(13)),
    ("тринадцать", Mark::Number(13)),
    ("трое", Mark::Number(3)),
    ("феврале", Mark::Month(1)),
    ("февраль", Mark::Month(1)),
    ("февраля", Mark::Month(1)),
    ("четверг", Mark::Weekday(3)),
    ("четверга", Mark::Weekday(3)),
    ("четверо", Mark::Number(4)),
    ("четвертая", Mark::Number(4)),
    ("четвертого", Mark::Number(4)),
    ("четвертое", Mark::Number(4)),
    ("четвертую", Mark::Number(4)),
    ("четвертыи", Mark::Number(4)),
    ("четыре", Mark::Number(4)),
    ("четырех", Mark::Number(4)),
    ("четырнадцати", Mark::Number(14)),
    ("четырнадцать", Mark::Number(14)),
    ("шестая", Mark::Number(6)),
    ("шестеро", Mark::Number(6)),
    ("шести", Mark::Number(6)),
    ("шестидесяти", Mark::Number(60)),
    ("шестнадцати", Mark::Number(16)),
    ("шестнадцать", Mark::Number(16)),
    ("шестого", Mark::Number(6)),
    ("шестои", Mark::Number(6)),
    ("шестую", Mark::Number(6)),
    ("шесть", Mark::Number(6)),
    ("шестьдесят", Mark::Number(60)),
    ("январе", Mark::Month(0)),
    ("январь", Mark::Month(0)),
    ("января", Mark::Month(0)),
];

/// What Chinese counts and dates by, where one character is one word: the
/// mark that begins at this place, and how many words it takes.
fn han(tokens: &Tokens, place: usize) -> Option<(Mark, usize)> {
    let word = |place: usize| tokens.get(place).map_or("", |word| word.folded);
    let runs = |from: usize| {
        let numerals = (from..tokens.len()).take_while(|place| numeral(word(*place)).is_some());
        numerals.count()
    };
    // 周三, 星期三, 礼拜三
    let after = match (word(place), word(place + 1)) {
        ("周", _) => Some(1),
        ("星", "期") | ("礼", "拜") => Some(2),
        _ => None,
    };
    if let Some(after) = after {
        let day = match (word(place + after), runs(place + after)) {
            ("日" | "天", _) => Some(6),
            (day, 1) => numeral(day).and_then(|day| u8::try_from(day).ok()?.checked_sub(1)),
            _ => None,
        };
        let day = day.filter(|day| *day < 7 && word(place + after + 1) != "年")?;
        return Some((Mark::Weekday(day), after + 1));
    }
    let taken = runs(place);
    // 一带一路, 进一步, 四川: one alone counts only before what is counted.
    let counts = taken > 1 || (taken == 1 && COUNTED.contains(&word(place + taken)));
    let numerals = (place..place + taken).map(word);
    let number = counts.then(|| number(numerals))??;
    Some((Mark::Number(number), taken))
}

/// The number of these numerals: `二百一十` by units, `二〇二五` by places.
fn number<'w>(numerals: impl Iterator<Item = &'w str>) -> Option<u16> {
    let (mut sum, mut last) = (0_u16, 0_u16);
    for word in numerals {
        match numeral(word)? {
            unit @ (10 | 100 | 1000) => {
                sum = sum.checked_add(last.max(1).checked_mul(unit)?)?;
                last = 0;
            }
            digit => last = last.checked_mul(10)?.checked_add(digit)?,
        }
    }
    sum.checked_add(last)
}

/// What a number stands before.
const COUNTED: [&str; 20] = [
    "个", "人", "伤", "位", "倍", "具", "名", "国", "天", "届", "岁", "年", "日", "月", "架", "次",
    "死", "艘", "轮", "项",
];

fn numeral(word: &str) -> Option<u16> {
    const DIGITS: [&str; 10] = ["〇", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match word {
        "零" => Some(0),
        "两" => Some(2),
        "十" => Some(10),
        "百" => Some(100),
        "千" => Some(1000),
        _ => {
            let at = DIGITS.iter().position(|digit| *digit == word)?;
            u16::try_from(at).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::fold;

    fn of(headline: &str) -> Box<[Mark]> {
        let mut tokens = Tokens::default();
        tokens.read(headline);
        marks(&tokens)
    }

    #[track_caller]
    fn check_marks(a: &str, b: &str, part: bool) {
        assert_eq!(marks_part(&of(a), &of(b)), part, "{a} {b}");
        assert_eq!(marks_part(&of(b), &of(a)), part, "{b} {a}");
    }

    #[test]
    fn the_words_are_folded_and_in_order() {
        assert!(WORDS.is_sorted_by_key(|(word, _)| word));
        for (word, mark) in WORDS {
            assert_eq!(fold::folded(word), word);
            assert_eq!(Mark::from_bytes(&mark.to_bytes()), Some(mark));
        }
        for [one, next] in STEMS.array_windows() {
            assert_eq!(fold::folded(one.0), one.0);
            assert!(!next.0.starts_with(one.0), "{} {}", one.0, next.0);
        }
    }

    #[test]
    fn other_numbers_and_days_part_headlines() {
        check_marks("Quake kills 12", "Quake kills 15", true);
        check_marks("Quake kills 12", "Quake kills 12, hurts 40", false);
        check_marks("Quake kills 12", "Quake kills a dozen", false);
        check_marks("Two detained in Osh", "2 detained in Osh", false);
        check_marks("Задержаны двое", "Задержаны трое", true);
        check_marks("Talks on Monday", "Talks on Tuesday", true);
        check_marks("Talks on 5 May", "Talks on Monday", false);
        check_marks(
            "Trade setup for 18 August",
            "Trade setup for 18 September",
            true,
        );
        check_marks("Nifty 50: 8 stocks", "Nifty 50: 9 stocks", true);
        check_marks("Sanctions list of 2025", "Sanctions list of 2026", true);
        check_marks("Order 1234567", "Order 7654321", false);
        check_marks("Summit opens in Osh", "Summit closes in Osh", true);
        check_marks(
            "Summit opens in Osh",
            "Summit to open and close in Osh",
            false,
        );
        check_marks("Court upholds appeal", "Court rejects appeal", true);
        check_marks(
            "Саммит пройдёт в Минске",
            "Саммит не пройдёт в Минске",
            true,
        );
        check_marks("Форум открылся в Оше", "Форум закрылся в Оше", true);
        check_marks("上合组织峰会开幕", "上合组织峰会闭幕", true);
        check_marks("贸易额增长", "贸易额下降", true);
        check_marks("Thirteen miners killed", "Fifteen miners killed", true);
        check_marks("First round of talks", "Second round of talks", true);
        check_marks("Погибли тринадцать", "Погибли пятнадцать", true);
        check_marks("Пятый раунд", "Шестой раунд", true);
        check_marks("上合组织峰会周一开幕", "上合组织峰会星期二开幕", true);
        check_marks("矿难致十二人遇难", "矿难致十五人遇难", true);
        check_marks("矿难致十二人遇难", "矿难致12人遇难", false);
        check_marks("第二届峰会", "第三届峰会", true);
        check_marks("二百一十人获救", "二百二十人获救", true);
        check_marks("共建一带一路", "四川代表团访问", false);
        check_marks("成立二十周年", "成立二十周年大会", false);
        check_marks("二〇二五年峰会", "二〇二六年峰会", true);
    }

    fn actors(keys: &str) -> Vec<Actor> {
        let actor = |key: &str| {
            let (of, key) = key
                .split_once('/')
                .map_or((None, key), |(of, key)| (Some(of), key));
            Actor {
                key: key.to_owned(),
                of: of.map(str::to_owned),
                parts: key != "UN",
            }
        };
        keys.split(' ')
            .filter(|key| !key.is_empty())
            .map(actor)
            .collect()
    }

    #[track_caller]
    fn check_actors(a: &str, b: &str, part: bool) {
        assert_eq!(actors_part(&actors(a), &actors(b)), part, "{a} | {b}");
        assert_eq!(actors_part(&actors(b), &actors(a)), part, "{b} | {a}");
    }

    #[test]
    fn other_parties_part_headlines() {
        check_actors("CN/xi KZ/tokayev", "CN/xi UZ/mirziyoyev", true);
        check_actors("CN/xi KZ/tokayev", "CN KZ", false);
        check_actors("CN/xi KZ/tokayev", "CN/xi", false);
        check_actors("CN", "RU", true);
        check_actors("UN CN", "CN RU", false);
        check_actors("", "CN RU", false);
        check_actors("RU/putin", "RU/lavrov", true);
        check_actors("RU/putin RU/lavrov", "RU/putin", false);
        check_actors("CN/xi EG", "CN/zhaoleji EG", true);
        check_actors("CN/xi KZ/tokayev KZ", "CN/xi UZ/mirziyoyev KZ", true);
    }
}
