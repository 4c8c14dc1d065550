//! What anyone may read: committed rows only, through a connection that
//! cannot write.

use std::collections::HashMap;
use std::ops::{Range, RangeInclusive};
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Params, Row, params};

use super::StoreError;
use super::write::time;
use crate::model::{
    DayOfPolls, Due, How, Item, ItemKey, LedgerSize, Member, PollRow, Reading, Reason, Revision,
    Skipped, SourceKey, Standing, StoryId, Verdict, WebUrl,
};
use crate::schedule;
use crate::text::fold;

/// A read-only connection.
#[derive(Debug)]
pub struct Reader {
    pub(super) connection: Connection,
    path: PathBuf,
}

/// One item of the ledger, as far as judging it again needs it.
#[derive(Clone, Debug)]
pub struct LedgerRow {
    /// Its number.
    pub seq: i64,
    /// Counts the changes of its text.
    pub version: i64,
    /// The source.
    pub source: SourceKey,
    /// The item.
    pub item: Item,
    /// When it was first seen.
    pub seen: Timestamp,
    /// The verdict in force.
    pub verdict: Verdict,
    /// Whether its article page was read, whose text then counts, too.
    pub looked: bool,
}

/// One source as stored.
#[derive(Clone, Debug)]
pub struct SourceRow {
    /// The source.
    pub source: SourceKey,
    /// Where and how it was read when it was asked last.
    pub epoch: String,
    /// The next poll.
    pub due: Due,
    /// The last good poll.
    pub last_ok: Option<Timestamp>,
    /// Since when it fails.
    pub failing_since: Option<Timestamp>,
    /// What failed: its kind.
    pub failure_kind: Option<String>,
    /// What is wrong, in words.
    pub failure: Option<String>,
    /// Why what it sends waits for a word of the admin.
    pub quarantine: Option<String>,
    /// What the last document left out.
    pub skipped: Vec<Skipped>,
    /// What its due time follows from.
    pub schedule: schedule::Memory,
    /// How a page was last read.
    pub reading: Option<Reading>,
}

/// One item as `why` tells it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The source.
    pub source: SourceKey,
    /// The item.
    pub item: Item,
    /// When it was first seen.
    pub seen: Timestamp,
    /// When it was last seen, to within half a day.
    pub last_seen: Timestamp,
    /// The verdict.
    pub verdict: Verdict,
    /// The reasons.
    pub reasons: Vec<Reason>,
    /// What it is now.
    pub standing: Standing,
    /// Its story, how it came to it and the evidence in words.
    pub story: Option<(StoryId, How, String)>,
    /// When its story entered the edition, if it did.
    pub entered: Option<Timestamp>,
    /// Under which rules the verdict was given.
    pub generation: String,
    /// When its text was given up; the verdict and its reasons stay.
    pub pruned: Option<Timestamp>,
    /// What became of the look at its article page, in words, if it was to
    /// have one.
    pub look: Option<String>,
}

pub(super) const ITEM_COLUMNS: &str = "i.key, i.canon, i.link, i.title, i.lead, i.content, i.byline, \
     i.outlet, i.language, i.media, i.categories, i.stated, i.stated_updated, i.source, i.seen, \
     i.withdrawn";

/// What the ledger holds of a source, by verdict.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items seen.
    pub items: u64,
    /// Of these, about the topic.
    pub kept: u64,
    /// Of these, nearly about the topic.
    pub near: u64,
    /// Of these, held back because their source is not believed.
    pub quarantined: u64,
}

impl Reader {
    /// Opens the file for reading.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)?;
        super::tune(&connection)?;
        super::check_ours(&connection, path)?;
        super::version(&connection, path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    /// A second reader of the same file, for work on two threads.
    pub fn another(&self) -> Result<Self, StoreError> {
        Self::open(&self.path)
    }

    /// The generation of the rules that the ledger was judged by.
    pub fn generation(&self) -> Result<Option<String>, StoreError> {
        Ok(self
            .connection
            .query_row(
                "SELECT value FROM meta WHERE key = 'generation'",
                [],
                |row| row.get(0),
            )
            .optional()?)
    }

    /// The number of the newest item.
    pub fn last_item(&self) -> Result<i64, StoreError> {
        Ok(self
            .connection
            .query_row("SELECT coalesce(max(seq), 0) FROM item", [], |row| {
                row.get(0)
            })?)
    }

    /// Tells every item whose number is in `range` and whose text is still
    /// there, in the order in which they came.
    pub fn ledger(
        &self,
        range: Range<i64>,
        mut each: impl FnMut(LedgerRow),
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, i.seq, i.version, i.verdict,
                    EXISTS (SELECT 1 FROM look WHERE item = i.seq AND outcome = 'read') AS looked
             FROM item i WHERE i.seq >= ?1 AND i.seq < ?2 AND i.pruned IS NULL ORDER BY i.seq"
        ))?;
        let mut rows = statement.query([range.start, range.end])?;
        while let Some(row) = rows.next()? {
            let (source, item, seen) = item(row)?;
            each(LedgerRow {
                seq: row.get("seq")?,
                version: row.get("version")?,
                source,
                item,
                seen,
                verdict: Verdict::from_word(&row.get::<_, String>("verdict")?)
                    .ok_or(StoreError::Damaged("item"))?,
                looked: row.get("looked")?,
            });
        }
        Ok(())
    }

    /// When the settings that every sheet shows last changed.
    pub fn shaped(&self) -> Result<Timestamp, StoreError> {
        let shaped: Option<i64> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'shaped'", [], |row| {
                row.get(0)
            })
            .optional()?;
        shaped.map_or(Ok(Timestamp::UNIX_EPOCH), time)
    }

    /// Every source that was ever claimed, by name.
    pub fn sources(&self) -> Result<Vec<SourceRow>, StoreError> {
        self.source_rows("", [])
    }

    /// One source, if it was ever claimed.
    pub fn source(&self, source: &SourceKey) -> Result<Option<SourceRow>, StoreError> {
        let row = self.source_rows("WHERE key = ?1", [source.as_str()])?;
        Ok(row.into_iter().next())
    }

    fn source_rows(
        &self,
        condition: &str,
        values: impl Params,
    ) -> Result<Vec<SourceRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT key, due, due_why, last_ok, failing_since, failure, skipped, schedule, reading,
                    failure_kind, tries, quarantine, epoch
             FROM source {condition} ORDER BY key"
        ))?;
        let mut rows = statement.query(values)?;
        let mut sources = Vec::new();
        while let Some(row) = rows.next()? {
            let mut schedule: schedule::Memory = serde_json::from_str(&row.get::<_, String>(7)?)
                .map_err(|_| StoreError::Damaged("source"))?;
            schedule.trouble.tries = row.get(10)?;
            sources.push(SourceRow {
                source: source_key(&row.get::<_, String>(0)?)?,
                epoch: row.get(12)?,
                due: Due {
                    at: time(row.get(1)?)?,
                    why: row.get(2)?,
                },
                last_ok: row.get::<_, Option<i64>>(3)?.map(time).transpose()?,
                failing_since: row.get::<_, Option<i64>>(4)?.map(time).transpose()?,
                failure: row.get(5)?,
                skipped: list(&row.get::<_, String>(6)?, "source")?,
                schedule,
                failure_kind: row.get(9)?,
                quarantine: row.get(11)?,
                reading: row
                    .get::<_, Option<String>>(8)?
                    .map(|json| serde_json::from_str(&json))
                    .transpose()
                    .map_err(|_| StoreError::Damaged("source"))?,
            });
        }
        Ok(sources)
    }

    /// What the ledger holds by verdict, by source.
    pub fn counts(&self) -> Result<HashMap<String, Counts>, StoreError> {
        self.item_counts("", [])
    }

    /// What the ledger holds of one source by verdict.
    pub fn counts_of(&self, source: &SourceKey) -> Result<Counts, StoreError> {
        let counts = self.item_counts("AND source = ?1", [source.as_str()])?;
        Ok(counts.into_values().next().unwrap_or_default())
    }

    fn item_counts(
        &self,
        condition: &str,
        values: impl Params,
    ) -> Result<HashMap<String, Counts>, StoreError> {
        // The index tells verdicts; only kept items are held back, and of those
        // alone the rows are read.
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT source, count(*), count(*) FILTER (WHERE verdict = 'keep'),
                    count(*) FILTER (WHERE verdict = 'near'), 0
             FROM item WHERE true {condition} GROUP BY source
             UNION ALL
             SELECT source, 0, 0, 0, count(*) FROM item
             WHERE verdict = 'keep' AND standing = 'withheld: quarantine' {condition}
             GROUP BY source"
        ))?;
        let mut rows = statement.query(values)?;
        let mut counts: HashMap<String, Counts> = HashMap::new();
        while let Some(row) = rows.next()? {
            let of = counts.entry(row.get(0)?).or_default();
            of.items += row.get::<_, u64>(1)?;
            of.kept += row.get::<_, u64>(2)?;
            of.near += row.get::<_, u64>(3)?;
            of.quarantined += row.get::<_, u64>(4)?;
        }
        Ok(counts)
    }

    /// How much is remembered. `keep` is how long the text of what is not
    /// about the topic stays, if that is known.
    pub fn remembered(&self, keep: Option<Duration>) -> Result<LedgerSize, StoreError> {
        let (mut size, idle) = self
            .connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM item),
                    (SELECT count(*) FROM item WHERE pruned IS NOT NULL),
                    (SELECT min(last_seen) FROM item WHERE verdict <> 'keep' AND pruned IS NULL),
                    (SELECT count(*) FROM poll),
                    (SELECT page_count * page_size FROM pragma_page_count, pragma_page_size)",
            )?
            .query_row([], |row| {
                let size = LedgerSize {
                    items: row.get(0)?,
                    given_up: row.get(1)?,
                    polls: row.get(3)?,
                    bytes: row.get(4)?,
                    next_given_up: None,
                };
                Ok((size, row.get::<_, Option<i64>>(2)?))
            })?;
        if let (Some(idle), Some(keep)) = (idle, keep) {
            let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
            size.next_given_up = Some(time(idle.saturating_add(keep))?);
        }
        Ok(size)
    }

    /// What the polls of this time came to, by source.
    pub fn polls_in(
        &self,
        time: &RangeInclusive<Timestamp>,
    ) -> Result<HashMap<String, DayOfPolls>, StoreError> {
        self.poll_counts(
            "",
            [time.start().as_millisecond(), time.end().as_millisecond()],
        )
    }

    /// What the polls of one source in this time came to.
    pub fn polls_of_in(
        &self,
        source: &SourceKey,
        time: &RangeInclusive<Timestamp>,
    ) -> Result<DayOfPolls, StoreError> {
        let (start, end) = (time.start().as_millisecond(), time.end().as_millisecond());
        let polls = self.poll_counts("AND source = ?3", params![start, end, source.as_str()])?;
        Ok(polls.into_values().next().unwrap_or_default())
    }

    fn poll_counts(
        &self,
        condition: &str,
        values: impl Params,
    ) -> Result<HashMap<String, DayOfPolls>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT source, count(*), count(*) FILTER (WHERE status = 304),
                    count(*) FILTER (WHERE failure IS NOT NULL), sum(bytes)
             FROM poll WHERE at >= ?1 AND at <= ?2 {condition} GROUP BY source"
        ))?;
        let rows = statement.query_map(values, |row| {
            let polls = DayOfPolls {
                asked: row.get(1)?,
                unchanged: row.get(2)?,
                failed: row.get(3)?,
                bytes: row.get(4)?,
            };
            Ok((row.get(0)?, polls))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// How many stories have entered, and when the newest did.
    pub fn stories(&self) -> Result<(u64, Option<Timestamp>), StoreError> {
        let (n, newest): (u64, Option<i64>) = self
            .connection
            .prepare_cached("SELECT count(*), max(entered) FROM story WHERE shows IS NOT NULL")?
            .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok((n, newest.map(time).transpose()?))
    }

    /// The last polls of a source, newest first.
    pub fn polls(&self, source: &SourceKey, most: u32) -> Result<Vec<PollRow>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT at, took_ms, status, bytes, items, new, kept, failure, asked_if FROM poll
             WHERE source = ?1 ORDER BY id DESC LIMIT ?2",
        )?;
        let mut rows = statement.query(params![source.as_str(), most])?;
        let mut polls = Vec::new();
        while let Some(row) = rows.next()? {
            polls.push(PollRow {
                source: source.clone(),
                at: time(row.get(0)?)?,
                took_ms: row.get(1)?,
                status: row.get(2)?,
                bytes: row.get(3)?,
                items: row.get(4)?,
                new: row.get(5)?,
                kept: row.get(6)?,
                failure: row.get(7)?,
                conditional: row.get(8)?,
            });
        }
        Ok(polls)
    }

    /// The items that an address, an item key or a story id names; else those
    /// whose headline holds the words. Newest first, at most `most`.
    pub fn find(
        &self,
        query: &str,
        canon: Option<&str>,
        most: u32,
    ) -> Result<Vec<Found>, StoreError> {
        let story = StoryId::parse(query);
        // Each in its own index: together they would be looked for in all rows.
        // That of keys is a source's, so the sources are found in it first.
        let exact = self.found(
            "i.seq IN (
                 SELECT seq FROM item WHERE canon = ?2
                 UNION ALL
                 SELECT m.item FROM story s JOIN member m ON m.story = s.seq WHERE s.id = ?4
                 UNION ALL
                 SELECT seq FROM (
                     WITH RECURSIVE known (source) AS (
                         SELECT min(source) FROM item
                         UNION ALL
                         SELECT (SELECT min(source) FROM item WHERE source > known.source)
                         FROM known WHERE source IS NOT NULL)
                     SELECT i.seq AS seq FROM known CROSS JOIN item i
                     ON i.source = known.source AND i.key = ?3))",
            params![most, canon, query, story.as_ref().map(StoryId::as_bytes)],
        )?;
        if !exact.is_empty() {
            return Ok(exact);
        }
        let mut named = Vec::new();
        for seq in self.titled(query, most)? {
            named.extend(self.found("i.seq = ?2", params![1, seq])?);
        }
        Ok(named)
    }

    /// The newest items whose headlines hold the words, folded: case, accents
    /// and spacing do not count. No words name every item.
    fn titled(&self, words: &str, most: u32) -> Result<Vec<i64>, StoreError> {
        let words = fold::folded(words);
        let mut found = Vec::new();
        let mut statement = self
            .connection
            .prepare_cached("SELECT seq, title FROM item ORDER BY seq DESC")?;
        let mut rows = statement.query([])?;
        while let (Some(row), true) = (rows.next()?, found.len() < most as usize) {
            if fold::folded(row.get_ref(1)?.as_str().unwrap_or_default()).contains(&words) {
                found.push(row.get(0)?);
            }
        }
        Ok(found)
    }

    /// What an item said before it was reworded, and since when.
    pub fn revisions(
        &self,
        source: &SourceKey,
        key: &ItemKey,
    ) -> Result<Vec<Revision>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT r.at, r.title, r.lead FROM revision r JOIN item i ON i.seq = r.item
             WHERE i.source = ?1 AND i.key = ?2 ORDER BY r.version",
        )?;
        let mut rows = statement.query(params![source.as_str(), key.as_str()])?;
        let mut revisions = Vec::new();
        while let Some(row) = rows.next()? {
            revisions.push(Revision {
                since: time(row.get(0)?)?,
                title: row.get(1)?,
                lead: row.get(2)?,
            });
        }
        Ok(revisions)
    }

    fn found(
        &self,
        condition: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Found>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, i.last_seen, i.verdict, i.reasons, i.standing,
                    s.id, m.how, m.said, s.entered, i.generation, i.pruned,
                    iif(k.item IS NULL, NULL, coalesce(k.outcome, 'not yet')) AS look
             FROM item i LEFT JOIN member m ON m.item = i.seq LEFT JOIN story s ON s.seq = m.story
                  LEFT JOIN look k ON k.item = i.seq
             WHERE {condition} ORDER BY i.seq DESC LIMIT ?1"
        ))?;
        let mut rows = statement.query(values)?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let damaged = || StoreError::Damaged("item");
            let (source, item, seen) = item(row)?;
            let story = match row.get::<_, Option<[u8; 16]>>("id")? {
                Some(id) => {
                    let how = How::from_word(&row.get::<_, String>("how")?).ok_or_else(damaged)?;
                    Some((StoryId::from_bytes(id), how, row.get("said")?))
                }
                None => None,
            };
            found.push(Found {
                source,
                item,
                seen,
                last_seen: time(row.get("last_seen")?)?,
                verdict: Verdict::from_word(&row.get::<_, String>("verdict")?)
                    .ok_or_else(damaged)?,
                reasons: list(&row.get::<_, String>("reasons")?, "item")?,
                standing: Standing::from_words(&row.get::<_, String>("standing")?)
                    .ok_or_else(damaged)?,
                story,
                entered: row
                    .get::<_, Option<i64>>("entered")?
                    .map(time)
                    .transpose()?,
                generation: row.get("generation")?,
                pruned: row.get::<_, Option<i64>>("pruned")?.map(time).transpose()?,
                look: row.get("look")?,
            });
        }
        Ok(found)
    }
}

pub(super) fn item(row: &Row<'_>) -> Result<(SourceKey, Item, Timestamp), StoreError> {
    let key: String = row.get(0)?;
    let title: String = row.get(3)?;
    let mut item = Item::new(key, title);
    item.canon = row.get(1)?;
    item.link = row
        .get::<_, Option<String>>(2)?
        .and_then(|link| WebUrl::parse(&link));
    item.lead = row.get(4)?;
    item.content = row.get(5)?;
    item.byline = list(&row.get::<_, String>(6)?, "item")?;
    item.outlet = row.get(7)?;
    item.language = row.get(8)?;
    item.media = list(&row.get::<_, String>(9)?, "item")?;
    item.categories = list(&row.get::<_, String>(10)?, "item")?;
    item.stated = row.get::<_, Option<i64>>(11)?.map(time).transpose()?;
    item.stated_updated = row.get::<_, Option<i64>>(12)?.map(time).transpose()?;
    Ok((
        source_key(&row.get::<_, String>(13)?)?,
        item,
        time(row.get(14)?)?,
    ))
}

/// The member of a row that also holds how it came to its story.
pub(super) fn member(row: &Row<'_>) -> Result<Member, StoreError> {
    let (source, item, seen) = item(row)?;
    let how: String = row.get("how")?;
    Ok(Member {
        source,
        item,
        seen,
        how: How::from_word(&how).ok_or(StoreError::Damaged("member"))?,
        withdrawn: row
            .get::<_, Option<i64>>("withdrawn")?
            .map(time)
            .transpose()?,
    })
}

fn source_key(key: &str) -> Result<SourceKey, StoreError> {
    SourceKey::new(key).map_err(|_| StoreError::Damaged("source"))
}

pub(super) fn list<T: serde::de::DeserializeOwned>(
    json: &str,
    table: &'static str,
) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Damaged(table))
}
