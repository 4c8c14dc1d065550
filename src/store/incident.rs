//! The incidents, as they are kept.

use jiff::Timestamp;
use rusqlite::{TransactionBehavior, params};

use super::write::time;
use super::{Reader, Store, StoreError};
use crate::health::Turn;
use crate::model::{Incident, IncidentKind, SourceKey};

impl Store {
    /// Commits what became of incidents. A turn that is there already changes
    /// nothing.
    pub fn turn(&mut self, turns: &[Turn]) -> Result<(), StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)?;
        for turn in turns {
            let incident = turn.incident();
            let scope = incident.scope.as_ref().map_or("", SourceKey::as_str);
            let kind = incident.kind.as_str();
            let (opened, said_at) = (incident.opened.as_millisecond(), incident.said_at);
            match turn {
                Turn::Opens(_) => transaction
                    .prepare_cached(
                        "INSERT OR IGNORE INTO incident (scope, kind, opened, said, advice, said_at)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    )?
                    .execute(params![
                        scope,
                        kind,
                        opened,
                        incident.said,
                        incident.todo,
                        said_at.as_millisecond()
                    ])?,
                Turn::Changes(_) => transaction
                    .prepare_cached(
                        "UPDATE incident SET said = ?3, advice = ?4, said_at = ?5
                         WHERE scope = ?1 AND kind = ?2 AND closed IS NULL",
                    )?
                    .execute(params![
                        scope,
                        kind,
                        incident.said,
                        incident.todo,
                        said_at.as_millisecond()
                    ])?,
                Turn::Closes(_) => transaction
                    .prepare_cached(
                        "UPDATE incident SET closed = ?3
                         WHERE scope = ?1 AND kind = ?2 AND closed IS NULL",
                    )?
                    .execute(params![
                        scope,
                        kind,
                        incident.closed.map(Timestamp::as_millisecond)
                    ])?,
            };
        }
        transaction.commit()?;
        Ok(())
    }
}

impl Reader {
    /// The incidents that are open or were closed after `since`, in the order
    /// in which they were opened.
    pub fn incidents(&self, since: Timestamp) -> Result<Vec<Incident>, StoreError> {
        let mut statement = self.connection.prepare_cached(
            "SELECT scope, kind, opened, said, advice, said_at, closed FROM incident
             WHERE closed IS NULL OR closed > ?1 ORDER BY opened, id",
        )?;
        let mut rows = statement.query([since.as_millisecond()])?;
        let mut incidents = Vec::new();
        while let Some(row) = rows.next()? {
            let damaged = || StoreError::Damaged("incident");
            let scope: String = row.get(0)?;
            let kind: String = row.get(1)?;
            incidents.push(Incident {
                scope: match &*scope {
                    "" => None,
                    source => Some(SourceKey::new(source).map_err(|_| damaged())?),
                },
                kind: IncidentKind::from_word(&kind).ok_or_else(damaged)?,
                opened: time(row.get(2)?)?,
                said: row.get(3)?,
                todo: row.get(4)?,
                said_at: time(row.get(5)?)?,
                closed: row.get::<_, Option<i64>>(6)?.map(time).transpose()?,
            });
        }
        Ok(incidents)
    }
}
