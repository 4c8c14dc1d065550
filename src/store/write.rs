//! What the desk writes: claims before requests, settlements after them.

mod decide;
mod quarantine;
mod seed;

pub use seed::{Seed, SeedMember};

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, TransactionBehavior, params};

use super::read::{ITEM_COLUMNS, item as stored_item};
use super::{Store, StoreError};
use crate::model::{
    Article, Cost, Due, How, Item, ItemKey, Joined, Judged, Reading, Reason, Robots, Skipped,
    SourceKey, Standing, StoryId, Validators, Verdict, WebUrl, Withheld,
};
use crate::render::View;
use crate::schedule::{self, HostMemory, Trouble};
use crate::story::{
    Entry, Kinship, Known, Placed, Print, Remembered, SPAN, Usage, Wait, Window, standing,
};

/// A story says at most this often that it was reworded, after the first
/// time: live pages change with every poll.
const UPDATE_EVERY_MS: i64 = 3_600_000;

/// What an item said before is kept this many times.
const REVISIONS: u32 = 100;

/// In place of a generation: items of which only is known what was published.
const REBUILT: &str = "published";

/// An item that is still listed is touched at most this often.
const TOUCH_EVERY_MS: i64 = 12 * 3_600_000;

/// What is remembered of a source between two errands.
#[derive(Clone, Debug)]
pub struct SourceMemory {
    /// The address and recipe that the validators belong to.
    pub epoch: String,
    /// What the last good document left.
    pub validators: Validators,
    /// The promise in force.
    pub due: Due,
    /// The last claim.
    pub asked_at: Timestamp,
    /// What the next due time follows from.
    pub schedule: schedule::Memory,
    /// The last good poll.
    pub last_ok: Option<Timestamp>,
}

/// One claim: a request that is about to be made.
#[derive(Debug)]
pub struct ClaimRow<'a> {
    /// The source.
    pub source: &'a SourceKey,
    /// Its present address and recipe.
    pub epoch: &'a str,
    /// The address that will be asked.
    pub url: &'a WebUrl,
    /// The promise.
    pub due: &'a Due,
    /// What to remember meanwhile.
    pub schedule: &'a schedule::Memory,
}

/// What is remembered of an item that a source shows again.
#[derive(Clone, Debug)]
pub struct KnownItem {
    seq: i64,
    last_seen: i64,
    text_hash: Vec<u8>,
    verdict: String,
    story: Option<i64>,
    /// The canonical form of its link.
    pub canon: Option<String>,
    /// Its headline.
    pub title: String,
    /// Its lead.
    pub lead: String,
    /// What it was.
    pub standing: Standing,
    /// Why it is held back whenever it is kept.
    pub held: Option<Withheld>,
    /// What it waits for.
    pub awaits: Option<Wait>,
    /// Whether its outlet had withdrawn it.
    pub withdrawn: bool,
    /// What became of its look, if it ever was to have one.
    pub look: Option<LookMemory>,
}

impl KnownItem {
    /// Whether it belongs to a story.
    pub fn has_story(&self) -> bool {
        self.story.is_some()
    }
}

/// What is remembered of a look.
#[derive(Clone, Debug)]
pub struct LookMemory {
    /// What the page told; `None` if it was not read, or not yet.
    pub article: Option<Article>,
}

/// What becomes of the article page of an item that a poll brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookPlan {
    /// It is read as soon as its host is free.
    Due,
    /// It is not read, for this reason.
    Never(&'static str),
}

/// A look that is due.
#[derive(Clone, Debug)]
pub struct DueLook {
    /// The number of its item.
    pub seq: i64,
    /// The source.
    pub source: SourceKey,
    /// The item.
    pub item: ItemKey,
    /// Its page.
    pub url: WebUrl,
    /// How often it was tried.
    pub tries: u32,
}

/// What a look was for.
#[derive(Clone, Debug)]
pub struct Looked {
    /// The item, as stored.
    pub item: Item,
    /// When it was first seen.
    pub seen: Timestamp,
    /// How often its page was asked for.
    pub tries: u32,
    /// Whether it is a second look: its source does not list it any more.
    pub again: bool,
}

/// What the store remembers of the items of one answer.
#[derive(Debug, Default)]
pub struct Recalled {
    /// The items that this source has shown before.
    pub items: HashMap<ItemKey, KnownItem>,
    /// What the joiner needs to know.
    pub known: Known,
}

/// One item to be settled.
#[derive(Debug)]
pub struct ItemRow<'a> {
    /// The item and its verdict.
    pub judged: &'a Judged,
    /// What it is now.
    pub standing: Standing,
    /// Why it is held back whenever it is kept.
    pub held: Option<Withheld>,
    /// What it waits for.
    pub awaits: Option<Wait>,
    /// What becomes of its article page, if that is decided now.
    pub look: Option<LookPlan>,
    /// Its story, if it is kept.
    pub placed: Option<&'a Placed>,
    /// What was remembered of it.
    pub known: Option<&'a KnownItem>,
    /// Whether a reader sees other words than before: moves `updated` (law 3).
    pub reworded: bool,
}

/// One item whose verdict an edit of the topic changes.
#[derive(Debug)]
pub struct Flip<'a> {
    /// Its number.
    pub seq: i64,
    /// The version of its text that was judged.
    pub version: i64,
    /// The generation of its source's rules.
    pub generation: &'a str,
    /// The new verdict.
    pub verdict: Verdict,
    /// Why.
    pub reasons: &'a [Reason],
    /// What it is now.
    pub standing: Standing,
    /// Why it is held back whenever it is kept.
    pub held: Option<Withheld>,
    /// Its story, if it is kept.
    pub placed: Option<&'a Placed>,
    /// When it was first seen: since when it belongs to the story.
    pub seen: Timestamp,
}

/// What one poll's transaction writes of its source.
#[derive(Debug)]
pub struct SourceSettlement<'a> {
    /// The source.
    pub source: &'a SourceKey,
    /// The address that was asked.
    pub url: &'a WebUrl,
    /// Whether it was asked with validators.
    pub conditional: bool,
    /// The next poll.
    pub due: &'a Due,
    /// What the due time after it follows from.
    pub schedule: &'a schedule::Memory,
    /// What went wrong, as a kind and in words; `None` if nothing did.
    pub failure: Option<(&'static str, String)>,
    /// Whether it was a good poll: a page that a lower rung read is one, a
    /// damaged document is not.
    pub good: bool,
    /// How the document was read; `None` leaves it as it is.
    pub reading: Option<&'a Reading>,
    /// The validators to ask with next time; `None` leaves them as they are.
    pub validators: Option<&'a Validators>,
    /// What the document left out; `None` if there was no document.
    pub skipped: Option<&'a [Skipped]>,
    /// The status of the answer.
    pub status: Option<u16>,
    /// What it cost.
    pub cost: Cost,
    /// The items of the document.
    pub items: u64,
    /// Of these, kept.
    pub kept: u64,
}

/// Counts of one settlement, for the log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Items never seen before.
    pub new: u64,
    /// Of these, about the topic.
    pub kept: u64,
    /// Of these, nearly about the topic.
    pub near: u64,
    /// Stories that entered.
    pub entered: u64,
    /// Whether any story, or one of its members, changed.
    pub touched: bool,
}

impl Store {
    /// What is remembered of every source that was ever claimed.
    pub fn memories(&self) -> Result<BTreeMap<SourceKey, SourceMemory>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(&format!("SELECT {MEMORY_COLUMNS} FROM source"))?;
        let mut rows = statement.query([])?;
        let mut memories = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get("key")?;
            let key = SourceKey::new(&key).map_err(|_| StoreError::Damaged("source"))?;
            memories.insert(key, memory(row)?);
        }
        Ok(memories)
    }

    /// What is remembered of the source; `None` if it was never claimed.
    pub fn memory(&self, source: &SourceKey) -> Result<Option<SourceMemory>, StoreError> {
        memory_of(&self.connection, source)
    }

    /// The hosts that are to be left alone after `now`, and until when.
    pub fn resting_hosts(&self, now: Timestamp) -> Result<HashMap<String, Timestamp>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name, next_at FROM host WHERE next_at > ?1")?;
        let mut rows = statement.query([now.as_millisecond()])?;
        let mut hosts = HashMap::new();
        while let Some(row) = rows.next()? {
            hosts.insert(row.get(0)?, time(row.get(1)?)?);
        }
        Ok(hosts)
    }

    /// The looks that are due, oldest first, at most `most`. What could not be
    /// asked for within a day is not asked for.
    pub fn due_looks(&self, now: Timestamp, most: usize) -> Result<Vec<DueLook>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT k.item, i.source, i.key, i.link, k.tries
             FROM look k JOIN item i ON i.seq = k.item
             WHERE k.due BETWEEN ?1 - 86400000 AND ?1 ORDER BY k.due, k.item LIMIT ?2",
        )?;
        let mut rows = statement.query(params![now.as_millisecond(), most])?;
        let mut looks = Vec::new();
        while let Some(row) = rows.next()? {
            let damaged = || StoreError::Damaged("look");
            let source: String = row.get(1)?;
            let link: String = row.get(3)?;
            looks.push(DueLook {
                seq: row.get(0)?,
                source: SourceKey::new(&source).map_err(|_| damaged())?,
                item: ItemKey::new(row.get::<_, String>(2)?),
                url: WebUrl::parse(&link).ok_or_else(damaged)?,
                tries: row.get(4)?,
            });
        }
        Ok(looks)
    }

    /// When the next look is due, or the next item or correction has waited
    /// long enough, after `now`.
    pub fn next_wait(&self, now: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let next: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT min(at) FROM (
                     SELECT min(due) AS at FROM look WHERE due > ?1
                     UNION ALL
                     SELECT min(standing_until) FROM item WHERE standing_until > ?1
                     UNION ALL
                     SELECT min(owed) FROM story WHERE owed > ?1)",
            )?
            .query_row([now.as_millisecond()], |row| row.get(0))?;
        next.map(time).transpose()
    }

    /// Whether an item or a correction has waited long enough.
    pub fn has_ripe(&self, now: Timestamp) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM item WHERE standing_until <= ?1)
                     OR EXISTS (SELECT 1 FROM story WHERE owed <= ?1 AND shows IS NOT NULL)",
            )?
            .query_row([now.as_millisecond()], |row| row.get(0))?)
    }

    /// When each address was last asked, and what was promised to it then.
    pub fn asked(&self) -> Result<HashMap<String, (Timestamp, Timestamp)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT url, at, due FROM asked")?;
        let mut rows = statement.query([])?;
        let mut asked = HashMap::new();
        while let Some(row) = rows.next()? {
            asked.insert(row.get(0)?, (time(row.get(1)?)?, time(row.get(2)?)?));
        }
        Ok(asked)
    }

    /// What the `robots.txt` of the hosts said that were asked after `since`.
    pub fn robots(&self, since: Timestamp) -> Result<Vec<Robots>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT name, robots FROM host WHERE robots_at > ?1 AND robots IS NOT NULL",
        )?;
        let robots = statement.query_map([since.as_millisecond()], |row| {
            Ok(Robots {
                host: row.get(0)?,
                rules: row.get(1)?,
            })
        })?;
        Ok(robots.collect::<Result<_, _>>()?)
    }

    /// Commits claims, of polls and of looks with their next due times, and
    /// the later due times of sources that must wait longer: after this, and
    /// not before, the requests may go out (law 6). A source whose address or
    /// recipe changed loses its validators, which stood for another document.
    pub fn claim(
        &mut self,
        claims: &[ClaimRow<'_>],
        looks: &[(i64, Timestamp)],
        postponed: &[(&SourceKey, Due)],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for claim in claims {
            let trouble = claim.schedule.trouble;
            transaction
                .prepare_cached(
                    "INSERT INTO source (key, epoch, asked_at, due, due_why, schedule)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (key) DO UPDATE SET
                         validators_of = iif(epoch = excluded.epoch, validators_of, NULL),
                         etag = iif(epoch = excluded.epoch, etag, NULL),
                         last_modified = iif(epoch = excluded.epoch, last_modified, NULL),
                         body_hash = iif(epoch = excluded.epoch, body_hash, NULL),
                         epoch = excluded.epoch,
                         asked_at = excluded.asked_at,
                         due = excluded.due,
                         due_why = excluded.due_why,
                         schedule = excluded.schedule,
                         tries = ?7,
                         failing_since = ?8",
                )?
                .execute(params![
                    claim.source.as_str(),
                    claim.epoch,
                    now.as_millisecond(),
                    claim.due.at.as_millisecond(),
                    claim.due.why,
                    json(claim.schedule),
                    trouble.tries,
                    trouble.since.map(Timestamp::as_millisecond),
                ])?;
            asked(&transaction, claim.url, now.as_millisecond(), claim.due)?;
        }
        for (source, due) in postponed {
            transaction
                .prepare_cached("UPDATE source SET due = ?2, due_why = ?3 WHERE key = ?1")?
                .execute(params![source.as_str(), due.at.as_millisecond(), due.why])?;
        }
        for (seq, again) in looks {
            transaction
                .prepare_cached("UPDATE look SET due = ?2, tries = tries + 1 WHERE item = ?1")?
                .execute([*seq, again.as_millisecond()])?;
        }
        transaction.commit()?;
        Ok(())
    }

    /// Gives up what nobody needs any more: at most `most` rows of each kind,
    /// so that a poll never waits. Texts of items that were not about the
    /// topic and were last listed before `texts`, their rows before `rows`,
    /// the ledger of polls before `polls`. The number of rows.
    pub fn prune(
        &mut self,
        texts: Timestamp,
        rows: Timestamp,
        polls: Timestamp,
        most: u32,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        // An empty hash differs from any: an item that comes back is stored
        // and judged again.
        let texts = transaction.execute(
            "UPDATE item SET pruned = ?3, title = '', lead = '', content = '', byline = '[]',
                 media = '[]', categories = '[]', text_hash = x''
             WHERE seq IN (SELECT seq FROM item WHERE verdict <> 'keep' AND last_seen < ?1
                               AND pruned IS NULL
                               AND NOT EXISTS (SELECT 1 FROM member WHERE item = seq)
                           LIMIT ?2)",
            params![texts.as_millisecond(), most, now.as_millisecond()],
        )?;
        let old = "SELECT seq FROM item WHERE verdict <> 'keep' AND last_seen < ?1
                       AND pruned IS NOT NULL
                       AND NOT EXISTS (SELECT 1 FROM member WHERE item = seq)
                   ORDER BY last_seen, seq LIMIT ?2";
        let values = params![rows.as_millisecond(), most];
        transaction.execute(&format!("DELETE FROM look WHERE item IN ({old})"), values)?;
        let rows =
            transaction.execute(&format!("DELETE FROM item WHERE seq IN ({old})"), values)?;
        let polls = transaction.execute(
            "DELETE FROM poll WHERE id IN (SELECT id FROM poll WHERE at < ?1 LIMIT ?2)",
            params![polls.as_millisecond(), most],
        )?;
        transaction.commit()?;
        Ok(texts + rows + polls)
    }

    /// Moves every promise with the clock, which was set by so much while we
    /// watched: what counts is the time that passes. Who is never asked
    /// again stays so.
    pub fn clock_was_set(&mut self, by: SignedDuration) -> Result<(), StoreError> {
        let moved = |moment: Timestamp| moment.checked_add(by).unwrap_or(moment);
        let by = i64::try_from(by.as_millis()).unwrap_or_default();
        let memories = self.memories()?;
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let never = schedule::NEVER.as_millisecond();
        for (table, column) in [
            ("source", "asked_at"),
            ("source", "due"),
            ("asked", "at"),
            ("asked", "due"),
            ("host", "next_at"),
            ("look", "due"),
            ("item", "standing_until"),
            ("story", "owed"),
        ] {
            transaction.execute(
                &format!(
                    "UPDATE {table} SET {column} = {column} + ?1
                     WHERE max({column}, {column} + ?1) < ?2"
                ),
                [by, never],
            )?;
        }
        move_memories(&transaction, memories, moved)?;
        transaction.commit()?;
        Ok(())
    }

    /// Finds the promises that were made at a later time than it is now: the
    /// clock was set back while we did not watch. As much as was left of them
    /// is left of them now, and no more.
    pub fn clock_went_back(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let no_later = |moment: Timestamp| moment.min(now);
        let now = now.as_millisecond();
        let ahead: bool = self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM source WHERE asked_at > ?1)",
            [now],
            |row| row.get(0),
        )?;
        if !ahead {
            return Ok(());
        }
        let memories = self.memories()?;
        let never = schedule::NEVER.as_millisecond();
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        transaction.execute(
            "UPDATE host SET next_at = ?1 + max(0, next_at - (SELECT max(asked_at) FROM source))
             WHERE next_at > ?1",
            [now],
        )?;
        for (table, at) in [("source", "asked_at"), ("asked", "at")] {
            transaction.execute(
                &format!(
                    "UPDATE {table} SET {at} = ?1,
                         due = iif(due < ?2, min(due, ?1 + (due - {at})), due)
                     WHERE {at} > ?1"
                ),
                [now, never],
            )?;
        }
        transaction.execute("UPDATE look SET due = ?1 WHERE due > ?1", [now])?;
        transaction.execute(
            "UPDATE item SET standing_until = ?1 WHERE standing_until > ?1",
            [now],
        )?;
        transaction.execute("UPDATE story SET owed = ?1 WHERE owed > ?1", [now])?;
        move_memories(&transaction, memories, no_later)?;
        transaction.commit()?;
        Ok(())
    }

    /// Begins the transaction in which the answers that have arrived settle.
    pub fn begin(&mut self, now: Timestamp) -> Result<Settling<'_>, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        let stamp = meta_number(&transaction, "stamp")?.unwrap_or(0);
        Ok(Settling {
            transaction,
            begun: stamp,
            views: &self.views,
            stamp,
            now,
        })
    }

    /// The joiner's window, loaded from what is committed.
    pub fn window(&self, now: Timestamp) -> Result<Window, StoreError> {
        window(&self.connection, now)
    }

    /// Notes the settings that every sheet shows. When they differ from
    /// those noted last, the edition counts as shaped at `now`.
    pub fn shape(&mut self, settings: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let noted: Option<Vec<u8>> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'settings'", [], |row| {
                row.get(0)
            })
            .optional()?;
        if noted.as_deref() == Some(settings) {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        set_meta(&transaction, "settings", settings)?;
        set_meta(&transaction, "shaped", now.as_millisecond())?;
        transaction.commit()?;
        Ok(())
    }
}

/// The transaction in which answers settle.
#[derive(Debug)]
pub struct Settling<'s> {
    transaction: Transaction<'s>,
    /// The last stamp before it.
    begun: i64,
    views: &'s [View],
    stamp: i64,
    now: Timestamp,
}

impl Settling<'_> {
    /// Settles one answer within a savepoint: an error undoes its writes and
    /// leaves those of the others.
    pub fn one<T>(
        &mut self,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let savepoint = self.transaction.savepoint()?;
        let mut writing = Writing {
            connection: &savepoint,
            begun: self.begun,
            views: self.views,
            stamp: self.stamp,
            now: self.now.as_millisecond(),
        };
        let done = work(&mut writing)?;
        let stamp = writing.stamp;
        savepoint.commit()?;
        self.stamp = stamp;
        Ok(done)
    }

    /// Commits what has been settled.
    pub fn commit(self) -> Result<(), StoreError> {
        set_meta(&self.transaction, "stamp", self.stamp)?;
        self.transaction.commit()?;
        Ok(())
    }
}

/// What a story was before one of its members changed.
struct Stood {
    rep: Option<i64>,
    /// Whether `rep` is none, was withdrawn, or went to another story.
    is_vacant: bool,
    shown: Option<i64>,
    entered: Option<i64>,
    updated: Option<i64>,
}

/// One answer's writes.
#[derive(Debug)]
pub struct Writing<'s> {
    pub(super) connection: &'s Connection,
    pub(super) views: &'s [View],
    begun: i64,
    stamp: i64,
    now: i64,
}

impl Writing<'_> {
    /// What is remembered of the source; `None` if it was never claimed.
    pub fn memory(&self, source: &SourceKey) -> Result<Option<SourceMemory>, StoreError> {
        memory_of(self.connection, source)
    }

    /// Whether the source has ever shown an item, as far as is remembered.
    pub fn has_items(&self, source: &SourceKey) -> Result<bool, StoreError> {
        Ok(self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM item WHERE source = ?1 AND generation <> ?2)",
            )?
            .query_row([source.as_str(), REBUILT], |row| row.get(0))?)
    }

    /// Until when items of this source had been published when the database
    /// was founded anew on them; `None` if none had.
    pub fn rebuilt(&self, source: &SourceKey) -> Result<Option<Timestamp>, StoreError> {
        // Mostly it never was, and then no item is looked at.
        let Some(until) = meta_number(self.connection, "rebuilt")? else {
            return Ok(None);
        };
        let known: bool = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM item WHERE source = ?1 AND generation = ?2)",
            )?
            .query_row([source.as_str(), REBUILT], |row| row.get(0))?;
        known.then(|| time(until)).transpose()
    }

    /// Gives an item of which only is known what was published its own key,
    /// now that its source shows it again. Whether there is one.
    fn adopt(&self, source: &SourceKey, item: &Item) -> Result<bool, StoreError> {
        let adopted = self
            .connection
            .prepare_cached(
                "UPDATE item SET key = ?2, generation = '' WHERE seq = (
                     SELECT seq FROM item WHERE source = ?1 AND key = ?3 AND generation = ?5
                     UNION ALL
                     SELECT seq FROM item WHERE canon = ?4 AND source = ?1 AND generation = ?5
                     LIMIT 1)",
            )?
            .execute(params![
                source.as_str(),
                item.key.as_str(),
                StoryId::of(source, &item.key).urn(),
                item.canon,
                REBUILT,
            ])?;
        Ok(adopted > 0)
    }

    /// What is remembered of these items: by key from this source, by
    /// canonical URL from any.
    pub fn recall<'i>(
        &self,
        source: &SourceKey,
        items: impl Iterator<Item = &'i Item>,
    ) -> Result<Recalled, StoreError> {
        let mut by_key = self.connection.prepare_cached(
            "SELECT i.seq, i.last_seen, i.text_hash, i.verdict, i.standing, i.title, i.lead,
                    m.story, s.id, i.held, i.standing_until, k.item, k.article,
                    i.canon, i.withdrawn IS NOT NULL AS withdrawn
             FROM item i LEFT JOIN member m ON m.item = i.seq LEFT JOIN story s ON s.seq = m.story
                  LEFT JOIN look k ON k.item = i.seq
             WHERE i.source = ?1 AND i.key = ?2",
        )?;
        let mut recalled = Recalled::default();
        for item in items {
            let key = params![source.as_str(), item.key.as_str()];
            let mut find = || by_key.query_and_then(key, known_item)?.next().transpose();
            let found = match find()? {
                None if self.adopt(source, item)? => find()?,
                found => found,
            };
            if let Some((known, story)) = found {
                recalled.items.insert(item.key.clone(), known);
                let story = story.map(|story| (item.key.clone(), story));
                recalled.known.keys.extend(story);
            }
            if let Some(canon) = &item.canon
                && let Some(remembered) = self.at_address(canon, None)?
            {
                recalled.known.canons.insert(canon.clone(), remembered);
            }
        }
        Ok(recalled)
    }

    /// The story that is told at an address: by an item that is there, or else
    /// by items whose pages call it their own. Those of `except` do not count,
    /// and none do if they tell several stories: some sites name one address
    /// on all their pages.
    pub fn at_address(
        &self,
        canon: &str,
        except: Option<&SourceKey>,
    ) -> Result<Option<Remembered>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.id, f.print, a.named
             FROM (SELECT seq AS item, 0 AS named FROM item WHERE canon = ?1
                   UNION ALL
                   SELECT k.item, 1 FROM look k JOIN item i ON i.seq = k.item
                   WHERE k.canon = ?1 AND i.source IS NOT ?2) a
                 JOIN member m ON m.item = a.item JOIN story s ON s.seq = m.story
                 LEFT JOIN member f ON f.item = s.founder
             WHERE m.print IS NOT NULL ORDER BY a.named, m.at, m.item",
        )?;
        let mut rows = statement.query(params![canon, except.map(SourceKey::as_str)])?;
        let mut told: Option<Remembered> = None;
        while let Some(row) = rows.next()? {
            let story = StoryId::from_bytes(row.get(0)?);
            match &told {
                None => {
                    let founder = print(row.get_ref(1)?)?;
                    told = Some(Remembered { story, founder });
                    if !row.get::<_, bool>(2)? {
                        break;
                    }
                }
                Some(one) if one.story != story => return Ok(None),
                Some(_) => {}
            }
        }
        Ok(told)
    }

    /// Takes an item that waits for its look out of its story again, for
    /// another one, unless others have met it there: it was never shown, and
    /// its page tells where it belongs. An address of its own and a person's
    /// word go before that. Whether it left.
    pub fn leave(
        &self,
        source: &SourceKey,
        key: &ItemKey,
        other: StoryId,
    ) -> Result<bool, StoreError> {
        let found: Option<(i64, i64, bool)> = self
            .connection
            .prepare_cached(
                "SELECT m.item, m.story, s.founder = m.item
                 FROM item i JOIN member m ON m.item = i.seq JOIN story s ON s.seq = m.story
                 WHERE i.source = ?1 AND i.key = ?2 AND i.standing = ?3
                     AND m.how NOT IN (?4, ?5) AND s.id <> ?6
                     AND (s.founder <> m.item OR (s.entered IS NULL AND NOT EXISTS
                         (SELECT 1 FROM member WHERE story = s.seq AND item <> m.item)))",
            )?
            .query_row(
                params![
                    source.as_str(),
                    key.as_str(),
                    Standing::AwaitingLook.as_str(),
                    How::Url.as_str(),
                    How::Manual.as_str(),
                    other.as_bytes(),
                ],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )
            .optional()?;
        let Some((item, story, is_alone)) = found else {
            return Ok(false);
        };
        self.connection
            .prepare_cached("DELETE FROM member WHERE item = ?1")?
            .execute([item])?;
        if is_alone {
            self.connection
                .prepare_cached("DELETE FROM kin WHERE ?1 IN (story, other)")?
                .execute([story])?;
            self.connection
                .prepare_cached("DELETE FROM story WHERE seq = ?1")?
                .execute([story])?;
        }
        Ok(true)
    }

    /// Writes the items in their order, and what follows for their stories.
    pub fn items(
        &mut self,
        source: &SourceKey,
        generation: &str,
        rows: &[ItemRow<'_>],
    ) -> Result<Written, StoreError> {
        let mut written = Written::default();
        for row in rows {
            let hash = text_hash(&row.judged.item);
            let (seq, changed) = match row.known {
                None => {
                    written.new += 1;
                    match row.judged.verdict {
                        Verdict::Keep => written.kept += 1,
                        Verdict::Near => written.near += 1,
                        Verdict::Drop => {}
                    }
                    (self.insert(source, generation, row, &hash)?, true)
                }
                Some(known) => (known.seq, self.update(generation, row, known, &hash)?),
            };
            let story = match (row.placed, row.known.and_then(|known| known.story)) {
                (_, Some(story)) => Some(story),
                (Some(placed), None) => Some(self.member(seq, placed, self.now)?),
                (None, None) => None,
            };
            if let Some(plan) = row.look {
                self.plan_look(seq, plan)?;
            }
            if let Some(story) = story.filter(|_| changed) {
                written.touched = true;
                written.entered += u64::from(self.refresh(story, seq, row.reworded)?);
            }
        }
        Ok(written)
    }

    fn insert(
        &self,
        source: &SourceKey,
        generation: &str,
        row: &ItemRow<'_>,
        hash: &[u8],
    ) -> Result<i64, StoreError> {
        let Judged {
            item,
            verdict,
            reasons,
            ..
        } = row.judged;
        self.connection
            .prepare_cached(
                "INSERT INTO item (source, key, canon, link, title, lead, content, byline, outlet,
                     language, media, categories, stated, stated_updated, seen, last_seen,
                     text_hash, version, changed, generation, verdict, reasons, standing, held,
                     standing_until)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15,
                     ?16, 1, ?15, ?17, ?18, ?19, ?20, ?21, ?22)",
            )?
            .execute(params![
                source.as_str(),
                item.key.as_str(),
                item.canon,
                item.link.as_ref().map(crate::model::WebUrl::as_str),
                item.title,
                item.lead,
                item.content,
                json(&item.byline),
                item.outlet,
                item.language,
                json(&item.media),
                json(&item.categories),
                item.stated.map(Timestamp::as_millisecond),
                item.stated_updated.map(Timestamp::as_millisecond),
                self.now,
                hash,
                generation,
                verdict.as_str(),
                json(reasons),
                row.standing.as_str(),
                row.held.map(Withheld::as_str),
                row.awaits.map(|wait| wait.until().as_millisecond()),
            ])?;
        Ok(self.connection.last_insert_rowid())
    }

    /// Whether anything but the time of the last look changed.
    fn update(
        &self,
        generation: &str,
        row: &ItemRow<'_>,
        known: &KnownItem,
        hash: &[u8],
    ) -> Result<bool, StoreError> {
        let Judged {
            item,
            verdict,
            reasons,
            ..
        } = row.judged;
        let same_text = known.text_hash == hash;
        if same_text
            && known.verdict == verdict.as_str()
            && known.standing == row.standing
            && known.awaits == row.awaits
            && !known.withdrawn
        {
            if self.now - known.last_seen >= TOUCH_EVERY_MS {
                self.connection
                    .prepare_cached("UPDATE item SET last_seen = ?2 WHERE seq = ?1")?
                    .execute([known.seq, self.now])?;
            }
            return Ok(false);
        }
        let was_shown = known.story.is_some() && known.standing == Standing::Published;
        if row.reworded && was_shown {
            self.connection
                .prepare_cached(
                    "INSERT INTO revision (item, version, at, title, lead)
                     SELECT seq, version, changed, title, lead FROM item
                     WHERE seq = ?1 AND (SELECT count(*) FROM revision WHERE item = ?1) < ?2",
                )?
                .execute(params![known.seq, REVISIONS])?;
        }
        self.connection
            .prepare_cached(
                "UPDATE item SET canon = ?2, link = ?3, title = ?4, lead = ?5, content = ?6,
                     byline = ?7, outlet = ?8, language = ?9, media = ?10, categories = ?11,
                     stated = coalesce(stated, ?12), stated_updated = ?13, last_seen = ?14,
                     text_hash = ?15, version = version + ?16,
                     changed = iif(?23, ?14, changed), generation = ?17, verdict = ?18,
                     reasons = ?19, standing = ?20, held = ?21,
                     standing_until = ?22, pruned = NULL, withdrawn = NULL
                 WHERE seq = ?1",
            )?
            .execute(params![
                known.seq,
                item.canon,
                item.link.as_ref().map(crate::model::WebUrl::as_str),
                item.title,
                item.lead,
                item.content,
                json(&item.byline),
                item.outlet,
                item.language,
                json(&item.media),
                json(&item.categories),
                item.stated.map(Timestamp::as_millisecond),
                item.stated_updated.map(Timestamp::as_millisecond),
                self.now,
                hash,
                i64::from(!same_text),
                generation,
                verdict.as_str(),
                json(reasons),
                row.standing.as_str(),
                row.held.map(Withheld::as_str),
                row.awaits.map(|wait| wait.until().as_millisecond()),
                row.reworded,
            ])?;
        Ok(true)
    }

    /// Makes the item a member of its story, which it may found, as of `at`.
    fn member(&self, seq: i64, placed: &Placed, at: i64) -> Result<i64, StoreError> {
        let id = placed.joined.story();
        let (how, said) = match &placed.joined {
            Joined::Joins(_, evidence) => (evidence.how.as_str(), evidence.said.as_str()),
            Joined::Founds(_) | Joined::Known(_) => ("founder", ""),
        };
        let found: Option<i64> = self
            .connection
            .prepare_cached("SELECT seq FROM story WHERE id = ?1")?
            .query_row([id.as_bytes()], |row| row.get(0))
            .optional()?;
        let story = if let Some(story) = found {
            story
        } else {
            self.connection
                .prepare_cached("INSERT INTO story (id, founder, revision) VALUES (?1, ?2, 0)")?
                .execute(params![id.as_bytes(), seq])?;
            self.connection.last_insert_rowid()
        };
        self.connection
            .prepare_cached(
                "INSERT INTO member (item, story, how, said, rank, print, moment, at)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                seq,
                story,
                how,
                said,
                placed.rank,
                placed.print.as_ref().map(|print| print.to_bytes()),
                placed.moment.as_millisecond(),
                at,
            ])?;
        for kinship in &placed.kin {
            self.link(story, kinship, at)?;
        }
        Ok(story)
    }

    /// Links the story with its kin, once, as of when the member came that
    /// says so.
    fn link(&self, story: i64, kinship: &Kinship, at: i64) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT OR IGNORE INTO kin (story, other, said, at)
                 SELECT ?1, o.seq, ?3, ?4 FROM story o
                 WHERE o.id = ?2 AND o.seq <> ?1
                     AND NOT EXISTS (SELECT 1 FROM kin WHERE story = o.seq AND other = ?1)",
            )?
            .execute(params![story, kinship.story.as_bytes(), kinship.said, at])?;
        Ok(())
    }

    /// Recomputes what the story shows after its member `seq` changed.
    /// Whether the story entered by it.
    ///
    /// `rep` is fixed once the story is published: the best of the members
    /// that came until then, by rank, then by time. When its outlet withdraws
    /// it or it goes to another story, the next that can be shown takes its
    /// place for good. `shows` is derived: `rep`, or while that is not
    /// published, or withdrawn, the best member that is neither.
    fn refresh(&mut self, story: i64, seq: i64, reworded: bool) -> Result<bool, StoreError> {
        let Stood {
            rep,
            is_vacant,
            shown,
            entered,
            updated,
        } = self.stood(story)?;
        // What enters in this settlement has not been published yet.
        let fresh = entered.is_none_or(|entered| entered > self.begun);
        let rep = rep.filter(|_| !fresh);
        let best: Option<(i64, bool)> = self
            .connection
            .prepare_cached(
                "SELECT i.seq, i.withdrawn IS NULL FROM member m JOIN item i ON i.seq = m.item
                 WHERE m.story = ?1 AND i.standing = ?2
                 ORDER BY i.withdrawn IS NOT NULL, i.seq IS NOT ?3, m.rank DESC, m.at, i.seq
                 LIMIT 1",
            )?
            .query_row(params![story, Standing::Published.as_str(), rep], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .optional()?;
        let shows = best.map(|(best, _)| best);
        if let (true, Some(best)) = (fresh, shows) {
            let stamp = entered.unwrap_or_else(|| self.stamp());
            self.connection
                .prepare_cached(
                    "UPDATE story SET rep = ?2, shows = ?2, entered = ?3, updated = ?3,
                         revision = 1 + coalesce(
                             (SELECT value FROM meta WHERE key = 'changes'), 0),
                         published = (SELECT min(min(coalesce(i.stated, i.seen), i.seen))
                                      FROM member m JOIN item i ON i.seq = m.item
                                      WHERE m.story = ?1)
                     WHERE seq = ?1",
                )?
                .execute([story, best, stamp])?;
            self.shown(story, seq)?;
            return Ok(entered.is_none());
        }
        let next = best.filter(|(_, can_stay)| is_vacant && *can_stay);
        let next = next.map(|(best, _)| best);
        // The first correction is told at once, then one an hour.
        let due = match updated {
            Some(updated) if Some(updated) != entered => updated + UPDATE_EVERY_MS,
            _ => self.now,
        };
        let other = next.is_some() && shows != shown;
        let corrected = reworded && shows == Some(seq);
        let stamp = (other || (corrected && due <= self.now)).then(|| self.stamp());
        self.connection
            .prepare_cached(
                "UPDATE story SET rep = coalesce(?2, rep), shows = ?3,
                     updated = coalesce(?4, updated),
                     owed = iif(?4 IS NULL, coalesce(?5, owed), NULL),
                     revision = 1 + coalesce(
                         (SELECT value FROM meta WHERE key = 'changes'), 0)
                 WHERE seq = ?1",
            )?
            .execute(params![story, next, shows, stamp, corrected.then_some(due)])?;
        self.shown(story, seq)?;
        Ok(false)
    }

    /// What a story was before one of its members changed.
    fn stood(&self, story: i64) -> Result<Stood, StoreError> {
        let stood = self
            .connection
            .prepare_cached(
                "SELECT s.rep, s.shows, s.entered, s.updated,
                        NOT EXISTS (SELECT 1 FROM member m JOIN item i ON i.seq = m.item
                                    WHERE m.item = s.rep AND m.story = s.seq
                                        AND i.withdrawn IS NULL)
                 FROM story s WHERE s.seq = ?1",
            )?
            .query_row([story], |row| {
                Ok(Stood {
                    rep: row.get(0)?,
                    shown: row.get(1)?,
                    entered: row.get(2)?,
                    updated: row.get(3)?,
                    is_vacant: row.get(4)?,
                })
            })?;
        Ok(stood)
    }

    /// Tells the corrections that have waited long enough. In how many
    /// stories.
    fn tell_owed(&mut self) -> Result<u64, StoreError> {
        let owed: Vec<(i64, i64)> = self
            .connection
            .prepare_cached(
                "SELECT seq, shows FROM story WHERE owed <= ?1 AND shows IS NOT NULL
                 ORDER BY owed, seq",
            )?
            .query_map([self.now], |row| Ok((row.get(0)?, row.get(1)?)))?
            .collect::<Result<_, _>>()?;
        for (story, shows) in &owed {
            let stamp = self.stamp();
            self.connection
                .prepare_cached(
                    "UPDATE story SET updated = ?2, owed = NULL,
                         revision = 1 + coalesce(
                             (SELECT value FROM meta WHERE key = 'changes'), 0)
                     WHERE seq = ?1",
                )?
                .execute([*story, stamp])?;
            self.shown(*story, *shows)?;
        }
        Ok(owed.len() as u64)
    }

    /// Keeps what is derived of the story and its changed member true.
    fn shown(&self, story: i64, seq: i64) -> Result<(), StoreError> {
        self.shelve(story)?;
        self.index(seq)?;
        // They show it, too.
        self.connection
            .prepare_cached(
                "UPDATE story SET revision = revision + 1 WHERE seq IN
                     (SELECT other FROM kin WHERE story = ?1
                      UNION ALL SELECT story FROM kin WHERE other = ?1)",
            )?
            .execute([story])?;
        self.connection
            .prepare_cached(
                "INSERT INTO meta (key, value) VALUES ('changes', 1)
                 ON CONFLICT (key) DO UPDATE SET value = value + 1",
            )?
            .execute([])?;
        Ok(())
    }

    /// The next stamp: now, or just after the last one if the clock stands
    /// still or went back. Strictly increasing (law 2, S-11).
    fn stamp(&mut self) -> i64 {
        self.stamp = self.now.max(self.stamp + 1);
        self.stamp
    }

    /// How common words are in what is kept so far.
    pub fn usage(&self) -> Result<Usage, StoreError> {
        usage(self.connection)
    }

    /// The joiner's window as it stands.
    pub fn window(&self) -> Result<Window, StoreError> {
        window(self.connection, time(self.now)?)
    }

    /// The joiner's window around what came from `from` to `to`.
    pub fn window_around(
        &self,
        from: Timestamp,
        to: Timestamp,
        usage: Usage,
    ) -> Result<Window, StoreError> {
        let since = from.checked_sub(SPAN).unwrap_or(Timestamp::MIN);
        let until = to.checked_add(SPAN).unwrap_or(Timestamp::MAX);
        let mut window = Window::new(usage);
        fill(&mut window, self.connection, since, until)?;
        Ok(window)
    }

    /// When the story entered; `None` if it did not, or is not stored.
    pub fn entered(&self, story: StoryId) -> Result<Option<Timestamp>, StoreError> {
        self.connection
            .prepare_cached("SELECT entered FROM story WHERE id = ?1")?
            .query_row([story.as_bytes()], |row| row.get::<_, Option<i64>>(0))
            .optional()?
            .flatten()
            .map(time)
            .transpose()
    }

    /// Gives an item another verdict, unless its text has changed since it
    /// was judged: then it has been judged anew. Its `updated` stays, so that
    /// undoing an edit restores the bytes.
    pub fn flip(&mut self, flip: &Flip<'_>) -> Result<Written, StoreError> {
        let flipped = self
            .connection
            .prepare_cached(
                "UPDATE item SET generation = ?3, verdict = ?4, reasons = ?5, standing = ?6,
                     held = ?7
                 WHERE seq = ?1 AND version = ?2",
            )?
            .execute(params![
                flip.seq,
                flip.version,
                flip.generation,
                flip.verdict.as_str(),
                json(flip.reasons),
                flip.standing.as_str(),
                flip.held.map(Withheld::as_str),
            ])?;
        if flipped == 0 {
            return Ok(Written::default());
        }
        let story: Option<i64> = self
            .connection
            .prepare_cached("SELECT story FROM member WHERE item = ?1")?
            .query_row([flip.seq], |row| row.get(0))
            .optional()?;
        let story = match (story, flip.placed) {
            (Some(story), _) => Some(story),
            (None, Some(placed)) => {
                let seen = flip.seen.as_millisecond();
                Some(self.member(flip.seq, placed, seen)?)
            }
            (None, None) => None,
        };
        let entered = match story {
            Some(story) => self.refresh(story, flip.seq, false)?,
            None => false,
        };
        Ok(Written {
            entered: u64::from(entered),
            touched: story.is_some(),
            ..Written::default()
        })
    }

    /// Why the item is held back whenever it is kept, and what it waits for.
    pub fn held(&self, seq: i64) -> Result<(Option<Withheld>, Option<Wait>), StoreError> {
        let (word, standing, until): (_, String, _) = self
            .connection
            .prepare_cached("SELECT held, standing, standing_until FROM item WHERE seq = ?1")?
            .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        let standing = Standing::from_words(&standing).ok_or(StoreError::Damaged("item"))?;
        Ok((held(word)?, wait(standing, until)?))
    }

    fn plan_look(&self, seq: i64, plan: LookPlan) -> Result<(), StoreError> {
        let (due, outcome) = match plan {
            LookPlan::Due => (Some(self.now), None),
            LookPlan::Never(why) => (None, Some(why)),
        };
        self.connection
            .prepare_cached("INSERT OR IGNORE INTO look (item, due, outcome) VALUES (?1, ?2, ?3)")?
            .execute(params![seq, due, outcome])?;
        Ok(())
    }

    /// What a look was for.
    pub fn looked_for(
        &self,
        source: &SourceKey,
        key: &ItemKey,
    ) -> Result<Option<Looked>, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, k.tries, k.again IS NOT NULL AS again FROM item i JOIN look k ON k.item = i.seq
             WHERE i.source = ?1 AND i.key = ?2"
        ))?;
        let mut rows = statement.query([source.as_str(), key.as_str()])?;
        match rows.next()? {
            Some(row) => {
                let (_, item, seen) = stored_item(row)?;
                Ok(Some(Looked {
                    item,
                    seen,
                    tries: row.get("tries")?,
                    again: row.get("again")?,
                }))
            }
            None => Ok(None),
        }
    }

    /// Notes how a look ended: with what the page told and the address that
    /// it calls its own, or with why there is nothing.
    pub fn end_look(
        &self,
        source: &SourceKey,
        key: &ItemKey,
        ended: Result<(&Article, Option<&str>), &str>,
    ) -> Result<(), StoreError> {
        let (outcome, article, canon) = match ended {
            Ok((article, canon)) => ("read", Some(json(article)), canon),
            Err(why) => (why, None, None),
        };
        let (source, key) = (source.as_str(), key.as_str());
        self.connection
            .prepare_cached(
                "UPDATE look SET due = NULL, outcome = ?3, article = ?4, canon = ?5
                 WHERE item = (SELECT seq FROM item WHERE source = ?1 AND key = ?2)",
            )?
            .execute(params![source, key, outcome, article, canon])?;
        Ok(())
    }

    /// Plans to read once more, at most once each, the pages of published
    /// items that came since then and that the source does not list any more,
    /// though it lists older ones: `listed` are the items of its document.
    pub fn doubt(
        &self,
        source: &SourceKey,
        listed: &[Judged],
        since: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(oldest) = listed.iter().filter_map(|judged| judged.item.stated).min() else {
            return Ok(());
        };
        let mut statement = self.connection.prepare_cached(
            "SELECT i.seq, i.key FROM member m JOIN item i ON i.seq = m.item
                 LEFT JOIN look k ON k.item = i.seq
             WHERE m.at >= ?2 AND i.source = ?1 AND i.standing = ?3 AND i.withdrawn IS NULL
                 AND i.stated > ?4 AND k.again IS NULL AND k.due IS NULL",
        )?;
        let mut rows = statement.query(params![
            source.as_str(),
            since.as_millisecond(),
            Standing::Published.as_str(),
            oldest.as_millisecond(),
        ])?;
        let mut left = schedule::DOUBTS;
        while let Some(row) = rows.next()?.filter(|_| left > 0) {
            let (seq, key): (i64, String) = (row.get(0)?, row.get(1)?);
            if listed.iter().all(|judged| judged.item.key.as_str() != key) {
                left -= 1;
                self.connection
                    .prepare_cached(
                        "INSERT INTO look (item, due, again, outcome) VALUES (?1, ?2, ?2, ?3)
                         ON CONFLICT (item) DO UPDATE SET due = ?2, again = ?2, tries = 0",
                    )?
                    .execute(params![seq, self.now, "its source lists it no more"])?;
            }
        }
        Ok(())
    }

    /// Notes how a second look ended. What is gone is marked and stays; its
    /// story shows another member instead, if it has one.
    pub fn end_doubt(
        &mut self,
        source: &SourceKey,
        key: &ItemKey,
        is_gone: bool,
    ) -> Result<Written, StoreError> {
        let (item, story): (i64, i64) = self
            .connection
            .prepare_cached(
                "SELECT m.item, m.story FROM item i JOIN member m ON m.item = i.seq
                 WHERE i.source = ?1 AND i.key = ?2",
            )?
            .query_row([source.as_str(), key.as_str()], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        self.connection
            .prepare_cached("UPDATE look SET due = NULL WHERE item = ?1")?
            .execute([item])?;
        if is_gone {
            self.connection
                .prepare_cached("UPDATE item SET withdrawn = ?2 WHERE seq = ?1")?
                .execute([item, self.now])?;
            self.refresh(story, item, true)?;
        }
        Ok(Written {
            touched: is_gone,
            ..Written::default()
        })
    }

    /// Ends the waiting of every item that has waited long enough, and of
    /// those that its story was held for, and of every correction. The number
    /// of stories that enter or say by it that they were reworded.
    pub fn ripen(&mut self) -> Result<u64, StoreError> {
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, i.seq, i.verdict, i.held, m.story
             FROM item i LEFT JOIN member m ON m.item = i.seq
             WHERE i.seq IN (
                 SELECT seq FROM item WHERE standing_until <= ?1
                 UNION
                 SELECT h.seq FROM item r JOIN member n ON n.item = r.seq
                     JOIN member o ON o.story = n.story JOIN item h ON h.seq = o.item
                 WHERE r.standing_until <= ?1 AND h.standing = ?2)
             ORDER BY i.seq"
        ))?;
        let hold = Standing::Withheld(Withheld::Hold);
        let mut rows = statement.query(params![self.now, hold.as_str()])?;
        let mut ripe = Vec::new();
        while let Some(row) = rows.next()? {
            let (_, item, _) = stored_item(row)?;
            let verdict = Verdict::from_word(&row.get::<_, String>("verdict")?);
            let standing = standing(
                verdict.ok_or(StoreError::Damaged("item"))?,
                &item,
                held(row.get("held")?)?,
                None,
                time(self.now)?,
            );
            ripe.push((row.get("seq")?, standing, row.get("story")?));
        }
        let mut changed = 0;
        for (seq, standing, story) in ripe {
            self.connection
                .prepare_cached(
                    "UPDATE item SET standing = ?2, standing_until = NULL WHERE seq = ?1",
                )?
                .execute(params![seq, standing.as_str()])?;
            if let Some(story) = story {
                changed += u64::from(self.refresh(story, seq, false)?);
            }
        }
        Ok(changed + self.tell_owed()?)
    }

    /// Notes the generation that the whole ledger is judged by now.
    pub fn generation(&self, generation: &str) -> Result<(), StoreError> {
        set_meta(self.connection, "generation", generation)
    }

    /// Writes the state of the source and its row in the ledger of polls.
    pub fn source(&self, settlement: &SourceSettlement<'_>, new: u64) -> Result<(), StoreError> {
        let (kind, said) = settlement.failure.clone().unzip();
        let trouble = settlement.schedule.trouble;
        self.connection
            .prepare_cached(
                "UPDATE source SET due = ?2, due_why = ?3, schedule = ?4, tries = ?5,
                     failing_since = ?6, last_ok = iif(?7, ?8, last_ok),
                     failure_kind = ?9, failure = ?10, skipped = coalesce(?11, skipped),
                     reading = coalesce(?12, reading)
                 WHERE key = ?1",
            )?
            .execute(params![
                settlement.source.as_str(),
                settlement.due.at.as_millisecond(),
                settlement.due.why,
                json(settlement.schedule),
                trouble.tries,
                trouble.since.map(Timestamp::as_millisecond),
                settlement.good,
                self.now,
                kind,
                said,
                settlement.skipped.map(json),
                settlement.reading.map(json),
            ])?;
        if let Some(validators) = settlement.validators {
            self.connection
                .prepare_cached(
                    "UPDATE source SET validators_of = ?2, etag = ?3, last_modified = ?4,
                         body_hash = ?5
                     WHERE key = ?1",
                )?
                .execute(params![
                    settlement.source.as_str(),
                    validators.from.as_ref().map(WebUrl::as_str),
                    validators.etag,
                    validators.last_modified,
                    validators.body,
                ])?;
        }
        asked(self.connection, settlement.url, self.now, settlement.due)?;
        self.connection
            .prepare_cached(
                "INSERT INTO poll (source, at, took_ms, status, asked_if, bytes, items, new, kept,
                     failure)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            )?
            .execute(params![
                settlement.source.as_str(),
                self.now,
                i64::try_from(settlement.cost.took.as_millis()).unwrap_or(i64::MAX),
                settlement.status,
                settlement.conditional,
                i64::try_from(settlement.cost.bytes).unwrap_or(i64::MAX),
                i64::try_from(settlement.items).unwrap_or(i64::MAX),
                i64::try_from(new).unwrap_or(i64::MAX),
                i64::try_from(settlement.kept).unwrap_or(i64::MAX),
                said,
            ])?;
        Ok(())
    }

    /// What is remembered of the host's answers.
    pub fn host(&self, name: &str) -> Result<HostMemory, StoreError> {
        let row: Option<(Option<i64>, Option<String>)> = self
            .connection
            .prepare_cached("SELECT next_at, busy FROM host WHERE name = ?1")?
            .query_row([name], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((rests, busy)) = row else {
            return Ok(HostMemory::default());
        };
        let damaged = |_| StoreError::Damaged("host");
        Ok(HostMemory {
            rests: rests.map(time).transpose()?,
            busy: busy
                .map(|busy| serde_json::from_str(&busy).map_err(damaged))
                .transpose()?,
        })
    }

    /// Remembers a host's answers.
    pub fn remember_host(&self, name: &str, memory: &HostMemory) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO host (name, next_at, busy) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET next_at = excluded.next_at, busy = excluded.busy",
            )?
            .execute(params![
                name,
                memory.rests.map(Timestamp::as_millisecond),
                memory.busy.as_ref().map(json),
            ])?;
        Ok(())
    }

    /// Remembers what `robots.txt` said.
    pub fn remember_robots(&self, robots: &Robots) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO host (name, robots, robots_at) VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET robots = excluded.robots,
                     robots_at = excluded.robots_at",
            )?
            .execute(params![robots.host, robots.rules, self.now])?;
        Ok(())
    }
}

/// An item that a source shows again, and its story.
fn known_item(row: &Row<'_>) -> Result<(KnownItem, Option<StoryId>), StoreError> {
    let standing: String = row.get(4)?;
    let standing = Standing::from_words(&standing).ok_or(StoreError::Damaged("item"))?;
    let told: Option<String> = row.get(12)?;
    let look = row.get::<_, Option<i64>>(11)?;
    let known = KnownItem {
        seq: row.get(0)?,
        last_seen: row.get(1)?,
        text_hash: row.get(2)?,
        verdict: row.get(3)?,
        standing,
        title: row.get(5)?,
        lead: row.get(6)?,
        story: row.get(7)?,
        held: held(row.get(9)?)?,
        awaits: wait(standing, row.get(10)?)?,
        canon: row.get("canon")?,
        withdrawn: row.get("withdrawn")?,
        look: match look {
            Some(_) => Some(LookMemory {
                article: told.as_deref().map(article).transpose()?,
            }),
            None => None,
        },
    };
    let story: Option<[u8; 16]> = row.get(8)?;
    Ok((known, story.map(StoryId::from_bytes)))
}

/// Sets the moments from which the memories count the time that passes.
fn move_memories(
    connection: &Connection,
    memories: BTreeMap<SourceKey, SourceMemory>,
    to: impl Fn(Timestamp) -> Timestamp,
) -> Result<(), StoreError> {
    let mut statement = connection
        .prepare_cached("UPDATE source SET schedule = ?2, failing_since = ?3 WHERE key = ?1")?;
    for (source, SourceMemory { mut schedule, .. }) in memories {
        for moment in schedule.moments() {
            *moment = to(*moment);
        }
        let failing_since = schedule.trouble.since.map(Timestamp::as_millisecond);
        statement.execute(params![source.as_str(), json(&schedule), failing_since])?;
    }
    Ok(())
}

/// Notes that the address is asked at that time, and what is promised to it.
fn asked(connection: &Connection, url: &WebUrl, at: i64, due: &Due) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO asked (url, at, due) VALUES (?1, ?2, ?3)
             ON CONFLICT (url) DO UPDATE SET at = excluded.at, due = excluded.due",
        )?
        .execute(params![url.as_str(), at, due.at.as_millisecond()])?;
    Ok(())
}

/// Everything of an item that a reader sees or the topic reads.
fn text_hash(item: &Item) -> [u8; 32] {
    let mut hash = blake3::Hasher::new();
    let link = item.link.as_ref().map_or("", |link| link.as_str());
    let lists = [
        json(&item.byline),
        json(&item.media),
        json(&item.categories),
    ];
    let parts = [item.title.as_str(), &item.lead, &item.content, link]
        .into_iter()
        .chain(lists.iter().map(String::as_str))
        .chain([
            item.outlet.as_deref().unwrap_or(""),
            item.language.as_deref().unwrap_or(""),
        ]);
    for part in parts {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    *hash.finalize().as_bytes()
}

/// How common words are, counted over the prints of all members.
fn usage(connection: &Connection) -> Result<Usage, StoreError> {
    let mut usage = Usage::default();
    let mut statement =
        connection.prepare_cached("SELECT print FROM member WHERE print IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        usage.count(bytes(row.get_ref(0)?)?);
    }
    Ok(usage)
}

/// The joiner's window at that time.
fn window(connection: &Connection, now: Timestamp) -> Result<Window, StoreError> {
    let since = now.checked_sub(SPAN).unwrap_or(Timestamp::MIN);
    let mut window = Window::new(usage(connection)?);
    fill(&mut window, connection, since, Timestamp::MAX)?;
    Ok(window)
}

/// Fills the window with the members that came in a stretch of time.
fn fill(
    window: &mut Window,
    connection: &Connection,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT m.print, s.id, i.source, i.key, m.at, m.moment, f.print
         FROM member m JOIN item i ON i.seq = m.item JOIN story s ON s.seq = m.story
             LEFT JOIN member f ON f.item = s.founder
         WHERE m.at BETWEEN ?1 AND ?2 AND m.print IS NOT NULL ORDER BY m.at, m.item",
    )?;
    let mut rows = statement.query([since.as_millisecond(), until.as_millisecond()])?;
    while let Some(row) = rows.next()? {
        // A print of an older form is compared with nothing.
        let Some(found) = print(row.get_ref(0)?)? else {
            continue;
        };
        let story = StoryId::from_bytes(row.get(1)?);
        let founder = match window.founder(story) {
            None => print(row.get_ref(6)?)?,
            known => known,
        };
        let source: String = row.get(2)?;
        let entry = Entry {
            print: found,
            story,
            source: SourceKey::new(&source).map_err(|_| StoreError::Damaged("item"))?,
            key: ItemKey::new(row.get::<_, String>(3)?),
            at: time(row.get(4)?)?,
            moment: time(row.get(5)?)?,
        };
        window.restore(entry, founder);
    }
    Ok(())
}

fn bytes(value: ValueRef<'_>) -> Result<&[u8], StoreError> {
    value.as_blob().map_err(|_| StoreError::Damaged("member"))
}

fn print(value: ValueRef<'_>) -> Result<Option<Arc<Print>>, StoreError> {
    match value {
        ValueRef::Null => Ok(None),
        print => Ok(Print::from_bytes(bytes(print)?)),
    }
}

const MEMORY_COLUMNS: &str = "key, epoch, validators_of, etag, last_modified, body_hash, due, \
     due_why, asked_at, schedule, tries, failing_since, last_ok";

fn memory_of(
    connection: &Connection,
    source: &SourceKey,
) -> Result<Option<SourceMemory>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {MEMORY_COLUMNS} FROM source WHERE key = ?1"
    ))?;
    let mut rows = statement.query([source.as_str()])?;
    rows.next()?.map(memory).transpose()
}

fn memory(row: &Row<'_>) -> Result<SourceMemory, StoreError> {
    let schedule: String = row.get("schedule")?;
    let schedule: schedule::Memory =
        serde_json::from_str(&schedule).map_err(|_| StoreError::Damaged("source"))?;
    let moment = |column: &str| -> Result<Option<Timestamp>, StoreError> {
        row.get::<_, Option<i64>>(column)?.map(time).transpose()
    };
    Ok(SourceMemory {
        epoch: row.get("epoch")?,
        validators: Validators {
            from: row
                .get::<_, Option<String>>("validators_of")?
                .and_then(|url| WebUrl::parse(&url)),
            etag: row.get("etag")?,
            last_modified: row.get("last_modified")?,
            body: row.get("body_hash")?,
        },
        due: Due {
            at: time(row.get("due")?)?,
            why: row.get("due_why")?,
        },
        asked_at: time(row.get("asked_at")?)?,
        schedule: schedule::Memory {
            trouble: Trouble {
                tries: row.get("tries")?,
                since: moment("failing_since")?,
            },
            ..schedule
        },
        last_ok: moment("last_ok")?,
    })
}

fn article(json: &str) -> Result<Article, StoreError> {
    serde_json::from_str(json).map_err(|_| StoreError::Damaged("look"))
}

fn wait(standing: Standing, until: Option<i64>) -> Result<Option<Wait>, StoreError> {
    let until = until.map(time).transpose()?;
    Ok(until.map(|until| Wait::of(standing, until)))
}

fn held(word: Option<String>) -> Result<Option<Withheld>, StoreError> {
    word.map(|word| Withheld::from_word(&word).ok_or(StoreError::Damaged("item")))
        .transpose()
}

pub(super) fn time(milliseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_millisecond(milliseconds).map_err(|_| StoreError::Damaged("time"))
}

fn json<T: serde::Serialize + ?Sized>(value: &T) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

fn meta_number(connection: &Connection, key: &str) -> Result<Option<i64>, StoreError> {
    Ok(connection
        .query_row("SELECT value FROM meta WHERE key = ?1", [key], |row| {
            row.get(0)
        })
        .optional()?)
}

pub(super) fn set_meta(
    connection: &Connection,
    key: &str,
    value: impl rusqlite::ToSql,
) -> Result<(), StoreError> {
    connection
        .prepare_cached(
            "INSERT INTO meta (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute(params![key, value])?;
    Ok(())
}
