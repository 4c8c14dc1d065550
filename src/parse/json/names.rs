//! The names by which lists of objects call the parts of an entry: one set for
//! feeds and for lists, the surest first. Case and marks do not count:
//! `date_published` is `datePublished`.

pub(in crate::parse) const TITLES: [&str; 6] = [
    "title",
    "headline",
    "name",
    "subject",
    "showtitle",
    "caption",
];
pub(in crate::parse) const LINKS: [&str; 12] = [
    "publishurl",
    "url",
    "externalurl",
    "link",
    "href",
    "weburl",
    "shareurl",
    "canonicalurl",
    "pageurl",
    "permalink",
    "uri",
    "path",
];
pub(in crate::parse) const DATES: [&str; 18] = [
    "publishtime",
    "publishedat",
    "datepublished",
    "publishdate",
    "publicationdate",
    "pubdate",
    "pubtime",
    "published",
    "dategmt",
    "dateutc",
    "date",
    "datetime",
    "time",
    "createdat",
    "createtime",
    "ctime",
    "timestamp",
    "updatedat",
];
pub(in crate::parse) const LEADS: [&str; 10] = [
    "summary",
    "description",
    "lead",
    "abstract",
    "excerpt",
    "intro",
    "digest",
    "brief",
    "teaser",
    "announce",
];
pub(in crate::parse) const AUTHORS: [&str; 4] = ["authors", "author", "byline", "creator"];
pub(in crate::parse) const LANGUAGES: [&str; 3] = ["language", "lang", "locale"];

/// A key without what does not count.
pub(in crate::parse) fn plain(key: &str) -> String {
    key.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// A date as written, with the zone that its key tells, as that of
/// WordPress's `date_gmt`.
pub(in crate::parse) fn dated(key: &str, date: String) -> String {
    let key = plain(key);
    let is_epoch = date.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !is_epoch && (key.ends_with("gmt") || key.ends_with("utc")) {
        date + " UTC"
    } else {
        date
    }
}
