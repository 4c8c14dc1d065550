//! What is published: the views with their stories, and the archives that
//! have been closed.
//!
//! # Why views are stored
//! A view's window may reach back over years, and its words can only be found
//! by reading every story. So a story is put on its shelves when it changes,
//! in the same transaction, as what it shows is derived then, too.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use super::read::{ITEM_COLUMNS, Reader, item, member};
use super::write::{Writing, set_meta, time};
use super::{Store, StoreError};
use crate::model::{Kin, Member, Standing, Story, StoryId};
use crate::render::{self, Closed, Period, View};

/// Counts changes of how a story comes to its views.
const VERSION: u32 = 1;

const DAY_MS: i64 = 86_400_000;

impl Store {
    /// Takes the views that are configured. When they select otherwise than
    /// before, every story is put on its shelves anew.
    pub fn take_views(&mut self, views: Vec<View>) -> Result<(), StoreError> {
        let selected: Vec<_> = views.iter().map(|view| (&view.path, &view.only)).collect();
        let made_of = blake3::hash(format!("{VERSION} {selected:?}").as_bytes());
        self.views = views;
        let noted: Option<Vec<u8>> = self
            .connection
            .query_row("SELECT value FROM meta WHERE key = 'views'", [], |row| {
                row.get(0)
            })
            .optional()?;
        if noted.is_some_and(|noted| noted == made_of.as_bytes()) {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        let stories: Vec<i64> = transaction
            .prepare("SELECT seq FROM story WHERE entered IS NOT NULL")?
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for story in stories {
            shelve(&transaction, &self.views, story)?;
        }
        set_meta(&transaction, "views", made_of.as_bytes())?;
        transaction.commit()?;
        Ok(())
    }

    /// Keeps archives that have been closed. One that is kept already stays
    /// as it is (law 4).
    pub fn keep(&mut self, closed: &[Closed]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for Closed {
            view,
            period,
            gz,
            tag,
            modified,
        } in closed
        {
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO archive (view, period, bytes_gz, tag, modified)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    view,
                    period.to_string(),
                    gz,
                    tag,
                    modified.as_millisecond()
                ])?;
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Writing<'_> {
    /// Puts the story on the shelves of the views that show it now.
    pub(super) fn shelve(&self, story: i64) -> Result<(), StoreError> {
        shelve(self.connection, self.views, story)
    }
}

fn shelve(connection: &Connection, views: &[View], story: i64) -> Result<(), StoreError> {
    connection
        .prepare_cached("DELETE FROM shelf WHERE story = ?1")?
        .execute([story])?;
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {ITEM_COLUMNS}, s.entered FROM story s JOIN item i ON i.seq = s.shows
         WHERE s.seq = ?1"
    ))?;
    let mut rows = statement.query([story])?;
    let Some(row) = rows.next()? else {
        return Ok(());
    };
    let (source, item, _) = item(row)?;
    let entered: i64 = row.get("entered")?;
    for view in render::paths(views, &source, &item) {
        connection
            .prepare_cached("INSERT INTO shelf (view, entered, story) VALUES (?1, ?2, ?3)")?
            .execute(params![view, entered, story])?;
    }
    Ok(())
}

impl Reader {
    /// The paths of all views that show a story, in their order.
    pub fn shelves(&self) -> Result<Vec<String>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT min(view) FROM shelf WHERE view > ?1")?;
        let mut shelves = Vec::new();
        // A step for each view; to read them all would be a step for each
        // story.
        let mut last = String::new();
        while let Some(next) =
            statement.query_row([&last], |row| row.get::<_, Option<String>>(0))?
        {
            shelves.push(next.clone());
            last = next;
        }
        Ok(shelves)
    }

    /// Up to when a view's stories need not stand in its window: that is at
    /// least `least` stories and `days` days, and begins with a day (S-12).
    /// `None` if it has no more.
    pub fn cut(&self, view: &str, least: u32, days: i64) -> Result<Option<Timestamp>, StoreError> {
        let newest: Option<i64> = self
            .connection
            .prepare_cached("SELECT max(entered) FROM shelf WHERE view = ?1")?
            .query_row([view], |row| row.get(0))?;
        let enough: Option<i64> = self
            .connection
            .prepare_cached(
                "SELECT entered FROM shelf WHERE view = ?1
                 ORDER BY entered DESC LIMIT 1 OFFSET ?2",
            )?
            .query_row(params![view, least.saturating_sub(1)], |row| row.get(0))
            .optional()?;
        let (Some(newest), Some(enough)) = (newest, enough) else {
            return Ok(None);
        };
        let cut = (newest - days * DAY_MS).min(enough);
        time(cut.div_euclid(DAY_MS) * DAY_MS).map(Some)
    }

    /// When the first story of a view entered that entered at `since` or
    /// later.
    pub fn first(&self, view: &str, since: Timestamp) -> Result<Option<Timestamp>, StoreError> {
        let first: Option<i64> = self
            .connection
            .prepare_cached("SELECT min(entered) FROM shelf WHERE view = ?1 AND entered >= ?2")?
            .query_row(params![view, since.as_millisecond()], |row| row.get(0))?;
        first.map(time).transpose()
    }

    /// The stories of a view that entered at `since` or later, newest first,
    /// each with its revision.
    pub fn outline(&self, view: &str, since: Timestamp) -> Result<Vec<(StoryId, u64)>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT s.id, s.revision FROM shelf h JOIN story s ON s.seq = h.story
             WHERE h.view = ?1 AND h.entered >= ?2 ORDER BY h.entered DESC",
        )?;
        let rows = statement.query_map(params![view, since.as_millisecond()], |row| {
            Ok((StoryId::from_bytes(row.get(0)?), row.get(1)?))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// The stories of a view that entered at `since` or later and before
    /// `until`, newest first.
    pub fn stories_of(
        &self,
        view: &str,
        since: Timestamp,
        until: Timestamp,
    ) -> Result<Vec<Story>, StoreError> {
        self.stories_where(
            "SELECT story FROM shelf WHERE view = ?1 AND entered >= ?2 AND entered < ?3",
            params![view, since.as_millisecond(), until.as_millisecond()],
        )
    }

    /// The shown stories whose numbers `these` selects, newest first.
    pub(super) fn stories_where(
        &self,
        these: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<Vec<Story>, StoreError> {
        let mut kin = self.kin_of(these, values)?;
        let mut members: HashMap<i64, Vec<(bool, Member)>> = HashMap::new();
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT {ITEM_COLUMNS}, m.how, m.story, i.seq = s.shows AS shown
             FROM story s JOIN member m ON m.story = s.seq JOIN item i ON i.seq = m.item
             WHERE s.seq IN ({these}) AND s.shows IS NOT NULL AND i.standing = '{}'
             ORDER BY m.rank DESC, m.at, i.seq",
            Standing::Published.as_str()
        ))?;
        let mut rows = statement.query(values)?;
        while let Some(row) = rows.next()? {
            let member = member(row)?;
            let story = members.entry(row.get("story")?).or_default();
            story.push((row.get("shown")?, member));
        }
        let mut statement = self.connection.prepare_cached(&format!(
            "SELECT seq, id, entered, published, updated, revision FROM story
             WHERE seq IN ({these}) AND shows IS NOT NULL ORDER BY entered DESC",
        ))?;
        let mut rows = statement.query(values)?;
        let mut stories = Vec::new();
        while let Some(row) = rows.next()? {
            let seq = row.get(0)?;
            let told = members.remove(&seq).unwrap_or_default();
            let (shown, others): (Vec<_>, Vec<_>) = told.into_iter().partition(|(shown, _)| *shown);
            let Some((_, shows)) = shown.into_iter().next() else {
                return Err(StoreError::Damaged("story"));
            };
            stories.push(Story {
                id: StoryId::from_bytes(row.get(1)?),
                shows,
                others: others.into_iter().map(|(_, member)| member).collect(),
                kin: kin.remove(&seq).unwrap_or_default(),
                entered: time(row.get(2)?)?,
                published: time(row.get(3)?)?,
                updated: time(row.get(4)?)?,
                revision: row.get(5)?,
            });
        }
        Ok(stories)
    }

    /// The kin of the stories whose numbers `these` selects, by number.
    fn kin_of(
        &self,
        these: &str,
        values: &[&dyn rusqlite::ToSql],
    ) -> Result<HashMap<i64, Vec<Kin>>, StoreError> {
        let mut kin: HashMap<i64, Vec<(i64, Kin)>> = HashMap::new();
        // A link is one from either side.
        for (own, other) in [("story", "other"), ("other", "story")] {
            let mut statement = self.connection.prepare_cached(&format!(
                "SELECT {ITEM_COLUMNS}, m.how, k.{own} AS own, o.id, o.entered, k.said
                 FROM kin k JOIN story o ON o.seq = k.{other} JOIN item i ON i.seq = o.shows
                     JOIN member m ON m.item = i.seq
                 WHERE k.{own} IN ({these})"
            ))?;
            let mut rows = statement.query(values)?;
            while let Some(row) = rows.next()? {
                let one = Kin {
                    id: StoryId::from_bytes(row.get("id")?),
                    shows: member(row)?,
                    said: row.get("said")?,
                };
                let story = kin.entry(row.get("own")?).or_default();
                story.push((row.get("entered")?, one));
            }
        }
        let in_order = |(story, mut kin): (i64, Vec<(i64, Kin)>)| {
            kin.sort_by_key(|(entered, _)| *entered);
            (story, kin.into_iter().map(|(_, kin)| kin).collect())
        };
        Ok(kin.into_iter().map(in_order).collect())
    }

    /// The archives of a view, in the order in which one walks them.
    pub fn archives(&self, view: &str) -> Result<Vec<Period>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT period FROM archive WHERE view = ?1")?;
        let mut rows = statement.query([view])?;
        let mut periods = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            periods.push(Period::parse(&name).ok_or(StoreError::Damaged("archive"))?);
        }
        Ok(render::chain(periods))
    }

    /// All archives that are kept: the path of the view, and the period.
    pub fn kept(&self) -> Result<Vec<(String, Period)>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT view, period FROM archive ORDER BY view, period")?;
        let mut rows = statement.query([])?;
        let mut kept = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(1)?;
            let period = Period::parse(&name).ok_or(StoreError::Damaged("archive"))?;
            kept.push((row.get(0)?, period));
        }
        Ok(kept)
    }

    /// The archive of a view and period as it was kept.
    pub fn archive(&self, view: &str, period: Period) -> Result<Option<Closed>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT bytes_gz, tag, modified FROM archive WHERE view = ?1 AND period = ?2",
        )?;
        let mut rows = statement.query(params![view, period.to_string()])?;
        match rows.next()? {
            Some(row) => Ok(Some(Closed {
                view: view.to_owned(),
                period,
                gz: row.get(0)?,
                tag: row.get(1)?,
                modified: time(row.get(2)?)?,
            })),
            None => Ok(None),
        }
    }
}
