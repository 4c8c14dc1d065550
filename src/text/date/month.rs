//! The months of some forty languages, and of three calendars.

use std::collections::HashMap;
use std::sync::LazyLock;

use jiff::civil::Date;

/// A month by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Month {
    /// January is 1.
    Common(i8),
    /// Farvardin is 1: the solar calendar of Iran and Afghanistan.
    Solar(i8),
}

/// Years of the solar calendar in which there is news: 1971 to 2042. Other
/// numbers of this size are years of the lunar calendar or no years.
const SOLAR_YEARS: std::ops::RangeInclusive<i16> = 1350..=1420;

/// Names by which a month is called, one line a month: Germanic, Romance,
/// Slavic, Turkic, Iranian, Semitic and Indian languages, Sinhala, Greek, Hungarian,
/// those of the south-east of Asia, Georgian.
const COMMON: [&str; 12] = [
    "january januar januari janvier ianuarie enero janeiro gennaio styczeń stycznia leden ledna \
     január januára január ιανουάριος ιανουαρίου ιανουαριου ιαν январь января январ січень січня студзень \
     студзеня yanvar ýanwar ocak қаңтар үчтүн ژانویه جانویه يناير جنوری जनवरी հունվարի \
     януари јануар гыйнвар جانفي জানুয়ারি জানুয়ারী มกราคม ဇန်နဝါရီ មករា იანვარი იანვრის \
     ජනවාරි يانۋار",
    "february februar februari février fevrier febrero fevereiro febbraio luty lutego únor února \
     február φεβρουάριος φεβρουαρίου φεβρουαριου φεβ февраль февраля феврал лютий лютого люты лютага fevral \
     fewral şubat ақпан бирдин فوریه فبروری فبراير شباط فروری फरवरी फ़रवरी փետրվարի \
     февруари фебруар فيفري ফেব্রুয়ারি กุมภาพันธ์ ဖေဖော်ဝါရီ កុម្ភៈ თებერვალი თებერვლის \
     පෙබරවාරි فېۋرال",
    "march märz mär maart mars marzo março marco marzec marca březen března március martie \
     μάρτιος μαρτίου μαρτιου μάρ μαρ март марта березень березня сакавік сакавіка mart наурыз жалган \
     مارس مارچ آذار मार्च մարտի \
     maret মার্চ มีนาคม မတ် មីនា მარტი მარტის \
     මාර්තු مارت",
    "april avril abril aprile kwiecień kwietnia duben dubna április aprilie απρίλιος απριλίου απριλιου απρ \
     апрель апреля апрел квітень квітня красавік красавіка aprel nisan сәуір чын آوریل اپریل \
     أبريل ابريل نيسان अप्रैल ապրիլի \
     أفريل এপ্রিল เมษายน ဧပြီ មេសា აპრილი აპრილის \
     април \
     අප්‍රේල් ئاپرېل",
    "may mai mayo maio maggio maj maja květen května május mei μάιος μαΐου μαιου μαϊου μαΐ μάι май мая травень \
     травня травеня mayıs mayis maý мамыр бугу مه می مئی مايو أيار मई մայիսի \
     мај маја ماي মে พฤษภาคม မေ ឧសភា მაისი მაისის \
     මැයි ماي",
    "june juni juin junio junho giugno czerwiec czerwca červen června június iunie ιούνιος \
     ιουνίου ιουνιου ιούν ιουν июнь июня июн червень червня чэрвень чэрвеня iyun iýun haziran маусым кулжа \
     ژوئن جون يونيو حزيران जून հունիսի \
     juna юни јун јуна جوان জুন มิถุนายน ဇွန် មិថុនា ივნისი ივნისის \
     ජූනි ئىيۇن",
    "july juli juillet julio julho luglio lipiec lipca červenec července július iulie ιούλιος \
     ιουλίου ιουλιου ιούλ ιουλ июль июля июл липень липня ліпень ліпеня iyul iýul temmuz шілде теке \
     ژوئیه جولای جولائی يوليو تموز जुलाई հուլիսի \
     jula юли јул јула جويلية يوليوز জুলাই กรกฎาคม ဇူလိုင် កក្កដា ივლისი ივლისის \
     ජූලි ئىيۇل",
    "august août aout agosto augustus sierpień sierpnia srpen srpna augusztus αύγουστος \
     αυγούστου αυγουστου αύγ αυγ август августа серпень серпня жнівень жніўня avgust awgust avqust ağustos \
     тамыз баш اوت آگوست اگست أغسطس اغسطس آب अगस्त օգոստոսի \
     agustus أوت غشت আগস্ট আগষ্ট สิงหาคม ဩဂုတ် သြဂုတ် សីហា აგვისტო აგვისტოს \
     අගෝස්තු ئاۋغۇست",
    "september septembre septiembre setembro settembre wrzesień września září szeptember \
     septembrie σεπτέμβριος σεπτεμβρίου σεπτεμβριου σεπ сентябрь сентября сентябр сентабр вересень вересня \
     верасень верасня sentabr sentyabr sentýabr eylül қыркүйек аяк سپتامبر ستمبر سبتمبر أيلول \
     सितंबर सितम्बर սեպտեմբերի \
     septembar septembra септември септембар септембра شتنبر সেপ্টেম্বর กันยายน စက်တင်ဘာ កញ្ញា სექტემბერი სექტემბრის \
     සැප්තැම්බර් سېنتەبىر",
    "october oktober octobre octubre outubro ottobre październik października říjen října október \
     octombrie οκτώβριος οκτωβρίου οκτωβριου οκτ октябрь октября октябр октабр жовтень жовтня кастрычнік \
     кастрычніка oktabr oktyabr oktýabr ekim қазан тогуздун اکتبر اکتوبر أكتوبر اكتوبر अक्टूबर \
     अक्तूबर հոկտեմբերի \
     oktobar oktobra октомври октобар октобра অক্টোবর ตุลาคม အောက်တိုဘာ តុលា ოქტომბერი ოქტომბრის \
     ඔක්තෝබර් ئۆكتەبىر",
    "november novembre noviembre novembro listopad listopada listopadu noiembrie νοέμβριος \
     νοεμβρίου νοεμβριου νοέ νοε ноябрь ноября ноябр листопад листопада лістапад лістапада noyabr noýabr \
     kasım kasim қараша жетинин نوامبر نومبر نوفمبر नवंबर नवम्बर նոյեմբերի \
     novembar novembra ноември новембар новембра نونبر নভেম্বর พฤศจิกายน နိုဝင်ဘာ វិច្ឆិកា ნოემბერი ნოემბრის \
     නොවැම්බර් نويابىر",
    "december dezember décembre decembre diciembre dezembro dicembre grudzień grudnia prosinec \
     prosince decembrie δεκέμβριος δεκεμβρίου δεκεμβριου δεκ декабрь декабря декабр грудень грудня снежань \
     снежня dekabr aralık aralik желтоқсан бештин دسامبر دسمبر ديسمبر दिसंबर दिसम्बर դեկտեմբերի \
     desember decembar decembra декември децембар децембра دجنبر ডিসেম্বর ธันวาคม ဒီဇင်ဘာ ធ្នូ დეკემბერი დეკემბრის \
     දෙසැම්බර් دېكابىر",
];

/// The solar months: as Iran calls them, in its letters and in ours, as
/// Afghanistan does in Dari and in Pashto.
const SOLAR: [&str; 12] = [
    "فروردین farvardin حمل وری",
    "اردیبهشت ordibehesht ثور غویی",
    "خرداد khordad جوزا غبرګولی",
    "تیر tir سرطان چنګاښ",
    "مرداد امرداد mordad اسد زمری",
    "شهریور shahrivar سنبله وږی",
    "مهر mehr میزان تله",
    "آبان aban عقرب لړم",
    "آذر azar قوس لیندۍ",
    "دی dey جدی مرغومی",
    "بهمن bahman دلو سلواغه",
    "اسفند esfand حوت کب",
];

/// Names of two words, of Syria to Iraq, and names with full stops, of
/// Thailand, with the one word that means the same.
const PHRASES: [(&str, &str); 18] = [
    ("كانون الثاني", "jan"),
    ("كانون الأول", "dec"),
    ("كانون الاول", "dec"),
    ("تشرين الأول", "oct"),
    ("تشرين الاول", "oct"),
    ("تشرين الثاني", "nov"),
    ("ม.ค.", "มกราคม"),
    ("ก.พ.", "กุมภาพันธ์"),
    ("มี.ค.", "มีนาคม"),
    ("เม.ย.", "เมษายน"),
    ("พ.ค.", "พฤษภาคม"),
    ("มิ.ย.", "มิถุนายน"),
    ("ก.ค.", "กรกฎาคม"),
    ("ส.ค.", "สิงหาคม"),
    ("ก.ย.", "กันยายน"),
    ("ต.ค.", "ตุลาคม"),
    ("พ.ย.", "พฤศจิกายน"),
    ("ธ.ค.", "ธันวาคม"),
];

/// A date in which the name of a month is one word.
pub(super) fn in_one_word(text: String) -> String {
    let may_hold = |c: char| matches!(c, 'ن' | '\u{e01}'..='\u{e2e}');
    if !text.contains(may_hold) {
        return text;
    }
    let phrase = PHRASES.iter().find(|(phrase, _)| text.contains(phrase));
    match phrase {
        Some((phrase, month)) => text.replace(phrase, month),
        None => text,
    }
}

/// Abbreviations that are the beginning of two months' names, and what they
/// mean where they are used.
const SHORT: [(&str, i8); 3] = [("jui", 6), ("сен", 9), ("eki", 10)];

/// The month that a word names: its name, the first three letters or more of
/// it, or its name with an ending.
pub(super) fn named(word: &str) -> Option<Month> {
    const ENGLISH: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    // No name is so short: those of two letters are not of ours.
    if word.len() < 3 {
        return None;
    }
    // Of a Turkish İ the dot is left.
    let word = word.to_lowercase().replace('\u{307}', "");
    let word = without_month(&word);
    if word.len() == 3 && word.is_ascii() {
        let at = ENGLISH.iter().position(|name| *name == word);
        if let Some(number) = at.and_then(|at| i8::try_from(at + 1).ok()) {
            return Some(Month::Common(number));
        }
    }
    // In English text a list is no Polish November.
    if is_weekday_or_zone(word) || word == "list" {
        return None;
    }
    if let Some((_, number)) = SHORT.iter().find(|(short, _)| *short == word) {
        return Some(Month::Common(*number));
    }
    let names = NAMES.get(&word.chars().next()?)?;
    if let Some((_, month)) = names.iter().find(|(name, _)| *name == word) {
        return Some(*month);
    }
    let letters = word.chars().count();
    if letters < 3 {
        return None;
    }
    let is_part = |name: &str| {
        name.starts_with(word)
            || word
                .strip_prefix(name)
                .is_some_and(|ending| name.chars().count() >= 4 && ending.chars().count() <= 3)
    };
    let mut months = names
        .iter()
        .filter(|(name, month)| matches!(month, Month::Common(_)) && is_part(name))
        .map(|(_, month)| *month);
    let month = months.next()?;
    months.all(|other| other == month).then_some(month)
}

/// A name without the word "month", which Khmer and Thai write before it.
fn without_month(word: &str) -> &str {
    let bare = ["ខែ", "เดือน"]
        .iter()
        .find_map(|month| word.strip_prefix(month));
    bare.unwrap_or(word)
}

/// The names of all months, by their first letter.
static NAMES: LazyLock<HashMap<char, Vec<(&str, Month)>>> = LazyLock::new(|| {
    let common = (1..).map(Month::Common).zip(COMMON);
    let solar = (1..).map(Month::Solar).zip(SOLAR);
    let mut names: HashMap<char, Vec<(&str, Month)>> = HashMap::new();
    for (month, all) in common.chain(solar) {
        for name in all.split_ascii_whitespace() {
            if let Some(first) = name.chars().next() {
                names.entry(first).or_default().push((name, month));
            }
        }
    }
    names
});

/// The words that stand in most dates and name no month, known at once.
fn is_weekday_or_zone(word: &str) -> bool {
    matches!(
        word,
        "mon"
            | "tue"
            | "wed"
            | "thu"
            | "fri"
            | "sat"
            | "sun"
            | "gmt"
            | "utc"
            | "t"
            | "z"
            | "est"
            | "edt"
            | "pst"
            | "pdt"
            | "msk"
            | "am"
            | "pm"
    )
}

/// Years as Thailand counts them, of 1971 to 2100.
const BUDDHIST_YEARS: std::ops::RangeInclusive<i16> = 2514..=2643;

/// The year of two digits beside the name of a month, if its language counts
/// them in its own way: Thai, from 2533, which is 1990.
pub(super) fn short_year(month: &str, digits: &str) -> Option<i16> {
    let is_thai = month.starts_with(|c| matches!(c, '\u{e01}'..='\u{e4e}'));
    let year = digits.parse().ok().filter(|_| is_thai && digits.len() == 2);
    year.filter(|year| *year >= 33).map(|year: i16| 2500 + year)
}

/// The common year of one that Thailand may have counted.
fn common(year: i16) -> i16 {
    if BUDDHIST_YEARS.contains(&year) {
        year - 543
    } else {
        year
    }
}

/// The day, in each calendar; `None` if there is no such day.
pub(super) fn day(year: i16, month: Month, day: i8) -> Option<Date> {
    match month {
        Month::Common(_) if SOLAR_YEARS.contains(&year) => None,
        Month::Common(month) => Date::new(common(year), month, day).ok(),
        Month::Solar(month) => solar(year, month, day),
    }
}

/// A numeric date whose year says which calendar it is of.
pub(super) fn numeric(year: i16, month: i8, day: i8) -> Option<Date> {
    if SOLAR_YEARS.contains(&year) {
        solar(year, month, day)
    } else {
        Date::new(common(year), month, day).ok()
    }
}

/// A day of the solar calendar. Its leap years follow a cycle of 33 within
/// the years that are read here.
fn solar(year: i16, month: i8, day: i8) -> Option<Date> {
    let is_leap = |year: i16| matches!(year.rem_euclid(33), 1 | 5 | 9 | 13 | 17 | 22 | 26 | 30);
    let length = match month {
        1..=6 => 31,
        7..=11 => 30,
        12 => 29 + i8::from(is_leap(year)),
        _ => return None,
    };
    if !SOLAR_YEARS.contains(&year) || !(1..=length).contains(&day) {
        return None;
    }
    // 1 Farvardin 1350 was 21 March 1971.
    let first = Date::new(1971, 3, 21).ok()?;
    let years = (1350..year).map(|year| 365 + i32::from(is_leap(year)));
    let months = (1..month).map(|month| if month <= 6 { 31 } else { 30 });
    let days = years.sum::<i32>() + months.sum::<i32>() + i32::from(day) - 1;
    first
        .checked_add(jiff::Span::new().try_days(days).ok()?)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_known_by_name_abbreviation_and_ending() {
        for (word, number) in [
            ("Jan", 1),
            ("Sept", 9),
            ("Thurs", 0),
            ("августа", 8),
            ("авг", 8),
            ("Ağustos", 8),
            ("тамыз", 8),
            ("тамызда", 8),
            ("avgust", 8),
            ("августи", 8),
            ("अगस्त", 8),
            ("août", 8),
            ("jui", 6),
            ("sentyabr", 9),
            ("нояб", 11),
            ("maý", 5),
            ("KASIM", 11),
            ("HAZİRAN", 6),
            ("ARALIK", 12),
            ("НОЯБРЯ", 11),
            ("ҚАРАША", 11),
            ("NOÝABR", 11),
            ("ΝΟΕΜΒΡΙΟΥ", 11),
            ("monday", 0),
            ("market", 0),
            ("ju", 0),
            ("of", 0),
        ] {
            let expected = (number > 0).then_some(Month::Common(number));
            assert_eq!(named(word), expected, "{word}");
        }
        assert_eq!(named("مرداد"), Some(Month::Solar(5)));
        assert_eq!(named("Mordad"), Some(Month::Solar(5)));
    }

    #[test]
    fn no_name_is_that_of_two_months() {
        for (number, names) in (1..).zip(COMMON) {
            for name in names.split_ascii_whitespace() {
                assert_eq!(named(name), Some(Month::Common(number)), "{name}");
            }
        }
    }

    #[test]
    fn the_solar_calendar_meets_the_common_one() {
        for (year, month, day, expected) in [
            (1403, 1, 1, "2024-03-20"),
            (1403, 12, 30, "2025-03-20"),
            (1404, 1, 1, "2025-03-21"),
            (1405, 5, 2, "2026-07-24"),
            (1399, 12, 30, "2021-03-20"),
            (1350, 1, 1, "1971-03-21"),
        ] {
            assert_eq!(
                solar(year, month, day).map(|d| d.to_string()).as_deref(),
                Some(expected)
            );
        }
        assert_eq!(solar(1404, 12, 30), None, "no leap year");
        assert_eq!(solar(1448, 1, 1), None, "a lunar year");
    }
}
