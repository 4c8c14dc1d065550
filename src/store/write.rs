//! What the desk writes: claims before requests, settlements after them.

mod decide;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};

use super::{Store, StoreError};
use crate::model::{
    Cost, Due, Item, ItemKey, Joined, Judged, Reason, Skipped, SourceKey, Standing, StoryId,
    Validators, Verdict, Withheld,
};
use crate::schedule::Trouble;
use crate::story::{Entry, Known, Placed, Print, Remembered, SPAN, Usage, Window};

/// A story says at most this often that it was updated: live pages change
/// with every poll.
const UPDATE_EVERY_MS: i64 = 3_600_000;

/// What an item said before is kept this many times.
const REVISIONS: u32 = 100;

/// An item that is still listed is touched at most this often.
const TOUCH_EVERY_MS: i64 = 12 * 3_600_000;

/// What is remembered of a source between two errands.
#[derive(Clone, Debug)]
pub struct SourceMemory {
    /// The address and recipe that the validators belong to.
    pub epoch: String,
    /// What the last good document left.
    pub validators: Validators,
    /// Failures in a row.
    pub trouble: Trouble,
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
    /// The promise.
    pub due: &'a Due,
}

/// What is remembered of an item that a source shows again.
#[derive(Clone, Debug)]
pub struct KnownItem {
    seq: i64,
    last_seen: i64,
    text_hash: Vec<u8>,
    verdict: String,
    story: Option<i64>,
    /// Its headline.
    pub title: String,
    /// Its lead.
    pub lead: String,
    /// What it was.
    pub standing: Standing,
    /// Why it is held back whenever it is kept.
    pub held: Option<Withheld>,
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
}

/// What one poll's transaction writes of its source.
#[derive(Debug)]
pub struct SourceSettlement<'a> {
    /// The source.
    pub source: &'a SourceKey,
    /// The next poll.
    pub due: &'a Due,
    /// What went wrong, as a kind and in words; `None` if nothing did.
    pub failure: Option<(&'static str, String)>,
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
    /// Stories that entered.
    pub entered: u64,
}

impl Store {
    /// The promised due time of every source that was ever claimed.
    pub fn dues(&self) -> Result<BTreeMap<SourceKey, Timestamp>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, due FROM source")?;
        let mut rows = statement.query([])?;
        let mut dues = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let key: String = row.get(0)?;
            let key = SourceKey::new(&key).map_err(|_| StoreError::Damaged("source"))?;
            dues.insert(key, time(row.get(1)?)?);
        }
        Ok(dues)
    }

    /// What is remembered of the source; `None` if it was never claimed.
    pub fn memory(&self, source: &SourceKey) -> Result<Option<SourceMemory>, StoreError> {
        memory_of(&self.connection, source)
    }

    /// The hosts that are to be left alone after `now`.
    pub fn resting_hosts(&self, now: Timestamp) -> Result<HashSet<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT name FROM host WHERE next_at > ?1")?;
        let rows = statement.query_map([now.as_millisecond()], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Commits claims: after this, and not before, the requests may go out
    /// (law 6). A source whose address or recipe changed loses its
    /// validators, which stood for another document.
    pub fn claim(&mut self, claims: &[ClaimRow<'_>], now: Timestamp) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for claim in claims {
            transaction
                .prepare_cached(
                    "INSERT INTO source (key, epoch, asked_at, due, due_why)
                     VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT (key) DO UPDATE SET
                         etag = iif(epoch = excluded.epoch, etag, NULL),
                         last_modified = iif(epoch = excluded.epoch, last_modified, NULL),
                         body_hash = iif(epoch = excluded.epoch, body_hash, NULL),
                         epoch = excluded.epoch,
                         asked_at = excluded.asked_at,
                         due = excluded.due,
                         due_why = excluded.due_why",
                )?
                .execute(params![
                    claim.source.as_str(),
                    claim.epoch,
                    now.as_millisecond(),
                    claim.due.at.as_millisecond(),
                    claim.due.why,
                ])?;
        }
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
            stamp,
            now,
        })
    }

    /// The joiner's window, loaded from what is committed.
    pub fn window(&self, now: Timestamp) -> Result<Window, StoreError> {
        let since = now.checked_sub(SPAN).unwrap_or(Timestamp::MIN);
        let mut window = Window::new(usage(&self.connection)?);
        fill(&mut window, &self.connection, "m.at", since, Timestamp::MAX)?;
        Ok(window)
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

/// One answer's writes.
#[derive(Debug)]
pub struct Writing<'s> {
    connection: &'s Connection,
    begun: i64,
    stamp: i64,
    now: i64,
}

impl Writing<'_> {
    /// What is remembered of the source; `None` if it was never claimed.
    pub fn memory(&self, source: &SourceKey) -> Result<Option<SourceMemory>, StoreError> {
        memory_of(self.connection, source)
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
                    m.story, s.id, i.held
             FROM item i LEFT JOIN member m ON m.item = i.seq LEFT JOIN story s ON s.seq = m.story
             WHERE i.source = ?1 AND i.key = ?2",
        )?;
        let mut by_canon = self.connection.prepare_cached(
            "SELECT s.id, f.print
             FROM item i JOIN member m ON m.item = i.seq JOIN story s ON s.seq = m.story
                 LEFT JOIN member f ON f.item = s.founder
             WHERE i.canon = ?1 AND m.print IS NOT NULL ORDER BY m.at, i.seq LIMIT 1",
        )?;
        let mut recalled = Recalled::default();
        for item in items {
            let mut rows = by_key.query(params![source.as_str(), item.key.as_str()])?;
            if let Some(row) = rows.next()? {
                let standing: String = row.get(4)?;
                let known = KnownItem {
                    seq: row.get(0)?,
                    last_seen: row.get(1)?,
                    text_hash: row.get(2)?,
                    verdict: row.get(3)?,
                    standing: Standing::from_words(&standing).ok_or(StoreError::Damaged("item"))?,
                    title: row.get(5)?,
                    lead: row.get(6)?,
                    story: row.get(7)?,
                    held: held(row.get(9)?)?,
                };
                if let Some(id) = row.get::<_, Option<[u8; 16]>>(8)? {
                    let id = StoryId::from_bytes(id);
                    recalled.known.keys.insert(item.key.clone(), id);
                }
                recalled.items.insert(item.key.clone(), known);
            }
            if let Some(canon) = &item.canon {
                let mut rows = by_canon.query([canon])?;
                if let Some(row) = rows.next()? {
                    let remembered = Remembered {
                        story: StoryId::from_bytes(row.get(0)?),
                        founder: print(row.get_ref(1)?)?,
                    };
                    recalled.known.canons.insert(canon.clone(), remembered);
                }
            }
        }
        Ok(recalled)
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
                    (self.insert(source, generation, row, &hash)?, true)
                }
                Some(known) => (known.seq, self.update(generation, row, known, &hash)?),
            };
            let story = match (row.placed, row.known.and_then(|known| known.story)) {
                (_, Some(story)) => Some(story),
                (Some(placed), None) => Some(self.member(seq, placed)?),
                (None, None) => None,
            };
            if let Some(story) = story.filter(|_| changed) {
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
                     text_hash, version, changed, generation, verdict, reasons, standing, held)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15,
                     ?16, 1, ?15, ?17, ?18, ?19, ?20, ?21)",
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
        if same_text && known.verdict == verdict.as_str() && known.standing == row.standing {
            if self.now - known.last_seen >= TOUCH_EVERY_MS {
                self.connection
                    .prepare_cached("UPDATE item SET last_seen = ?2 WHERE seq = ?1")?
                    .execute([known.seq, self.now])?;
            }
            return Ok(false);
        }
        if row.reworded && known.story.is_some() {
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
                     changed = iif(?16 > 0, ?14, changed), generation = ?17, verdict = ?18,
                     reasons = ?19, standing = ?20, held = ?21
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
            ])?;
        Ok(true)
    }

    /// Makes the item a member of its story, which it may found.
    fn member(&self, seq: i64, placed: &Placed) -> Result<i64, StoreError> {
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
                self.now,
            ])?;
        Ok(story)
    }

    /// Recomputes what the story shows after its member `seq` changed.
    /// Whether the story entered by it.
    ///
    /// `rep` is fixed once the story is published: the best of the members
    /// that came until then, by rank, then by time. `shows` is derived: `rep`,
    /// or while that is not published the best member that is.
    fn refresh(&mut self, story: i64, seq: i64, reworded: bool) -> Result<bool, StoreError> {
        let (rep, entered, updated): (Option<i64>, Option<i64>, Option<i64>) = self
            .connection
            .prepare_cached("SELECT rep, entered, updated FROM story WHERE seq = ?1")?
            .query_row([story], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        // What enters in this settlement has not been published yet.
        let fresh = entered.is_none_or(|entered| entered > self.begun);
        let rep = rep.filter(|_| !fresh);
        let shows: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT i.seq FROM member m JOIN item i ON i.seq = m.item
                 WHERE m.story = ?1 AND i.standing = ?2
                 ORDER BY i.seq IS NOT ?3, m.rank DESC, m.at, i.seq LIMIT 1",
            )?
            .query_row(params![story, Standing::Published.as_str(), rep], |row| {
                row.get(0)
            })
            .optional()?;
        if let (true, Some(best)) = (fresh, shows) {
            let stamp = entered.unwrap_or_else(|| self.stamp());
            self.connection
                .prepare_cached(
                    "UPDATE story SET rep = ?2, shows = ?2, entered = ?3, updated = ?3,
                         revision = revision + 1,
                         published = (SELECT min(min(coalesce(i.stated, i.seen), i.seen))
                                      FROM member m JOIN item i ON i.seq = m.item
                                      WHERE m.story = ?1)
                     WHERE seq = ?1",
                )?
                .execute([story, best, stamp])?;
            return Ok(entered.is_none());
        }
        let rested = updated.is_none_or(|updated| self.now - updated >= UPDATE_EVERY_MS);
        let stamp = (reworded && rested && shows == Some(seq)).then(|| self.stamp());
        self.connection
            .prepare_cached(
                "UPDATE story SET shows = ?2, updated = coalesce(?3, updated),
                     revision = revision + 1
                 WHERE seq = ?1",
            )?
            .execute(params![story, shows, stamp])?;
        Ok(false)
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

    /// The joiner's window around the days from `from` to `to`.
    pub fn window(
        &self,
        from: Timestamp,
        to: Timestamp,
        usage: Usage,
    ) -> Result<Window, StoreError> {
        let since = from.checked_sub(SPAN).unwrap_or(Timestamp::MIN);
        let until = to.checked_add(SPAN).unwrap_or(Timestamp::MAX);
        let mut window = Window::new(usage);
        fill(&mut window, self.connection, "m.moment", since, until)?;
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
            (None, Some(placed)) => Some(self.member(flip.seq, placed)?),
            (None, None) => None,
        };
        let entered = match story {
            Some(story) => self.refresh(story, flip.seq, false)?,
            None => false,
        };
        Ok(Written {
            new: 0,
            entered: u64::from(entered),
        })
    }

    /// Why the item is held back whenever it is kept.
    pub fn held(&self, seq: i64) -> Result<Option<Withheld>, StoreError> {
        let word = self
            .connection
            .prepare_cached("SELECT held FROM item WHERE seq = ?1")?
            .query_row([seq], |row| row.get(0))?;
        held(word)
    }

    /// Notes the generation that the whole ledger is judged by now.
    pub fn generation(&self, generation: &str) -> Result<(), StoreError> {
        set_meta(self.connection, "generation", generation)
    }

    /// Writes the state of the source and its row in the ledger of polls.
    pub fn source(&self, settlement: &SourceSettlement<'_>, new: u64) -> Result<(), StoreError> {
        let ok = settlement.failure.is_none();
        let (kind, said) = settlement.failure.clone().unzip();
        self.connection
            .prepare_cached(
                "UPDATE source SET due = ?2, due_why = ?3,
                     tries = iif(?4, 0, tries + 1),
                     last_ok = iif(?4, ?5, last_ok),
                     failing_since = iif(?4, NULL, coalesce(failing_since, ?5)),
                     failure_kind = ?6, failure = ?7,
                     skipped = coalesce(?8, skipped)
                 WHERE key = ?1",
            )?
            .execute(params![
                settlement.source.as_str(),
                settlement.due.at.as_millisecond(),
                settlement.due.why,
                ok,
                self.now,
                kind,
                said,
                settlement.skipped.map(json),
            ])?;
        if let Some(validators) = settlement.validators {
            self.connection
                .prepare_cached(
                    "UPDATE source SET etag = ?2, last_modified = ?3, body_hash = ?4
                     WHERE key = ?1",
                )?
                .execute(params![
                    settlement.source.as_str(),
                    validators.etag,
                    validators.last_modified,
                    validators.body,
                ])?;
        }
        self.connection
            .prepare_cached(
                "INSERT INTO poll (source, at, took_ms, status, bytes, items, new, kept, failure)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            )?
            .execute(params![
                settlement.source.as_str(),
                self.now,
                i64::try_from(settlement.cost.took.as_millis()).unwrap_or(i64::MAX),
                settlement.status,
                i64::try_from(settlement.cost.bytes).unwrap_or(i64::MAX),
                i64::try_from(settlement.items).unwrap_or(i64::MAX),
                i64::try_from(new).unwrap_or(i64::MAX),
                i64::try_from(settlement.kept).unwrap_or(i64::MAX),
                said,
            ])?;
        Ok(())
    }

    /// Leaves a whole host alone until then.
    pub fn rest_host(&self, host: &str, until: Timestamp) -> Result<(), StoreError> {
        self.connection
            .prepare_cached(
                "INSERT INTO host (name, next_at) VALUES (?1, ?2)
                 ON CONFLICT (name) DO UPDATE SET next_at = max(next_at, excluded.next_at)",
            )?
            .execute(params![host, until.as_millisecond()])?;
        Ok(())
    }
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

/// Fills the window with the members of a stretch of time, which `column`
/// is measured by.
fn fill(
    window: &mut Window,
    connection: &Connection,
    column: &'static str,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT m.print, s.id, i.source, i.key, m.at, m.moment, f.print
         FROM member m JOIN item i ON i.seq = m.item JOIN story s ON s.seq = m.story
             LEFT JOIN member f ON f.item = s.founder
         WHERE {column} BETWEEN ?1 AND ?2 AND m.print IS NOT NULL ORDER BY m.at, m.item"
    ))?;
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

fn memory_of(
    connection: &Connection,
    source: &SourceKey,
) -> Result<Option<SourceMemory>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT epoch, etag, last_modified, body_hash, tries, failing_since, last_ok
         FROM source WHERE key = ?1",
    )?;
    let mut rows = statement.query([source.as_str()])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    Ok(Some(SourceMemory {
        epoch: row.get(0)?,
        validators: Validators {
            etag: row.get(1)?,
            last_modified: row.get(2)?,
            body: row.get(3)?,
        },
        trouble: Trouble {
            tries: row.get(4)?,
            since: row.get::<_, Option<i64>>(5)?.map(time).transpose()?,
        },
        last_ok: row.get::<_, Option<i64>>(6)?.map(time).transpose()?,
    }))
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

fn set_meta(
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
