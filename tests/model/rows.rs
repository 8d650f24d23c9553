//! What holds of the rows after each step, whatever the server answers.
use std::collections::BTreeSet;

use super::History;

/// Each finds rows that must not be there. Where the clock ended a relation, the address stays lent
/// until it passes on or the dependent takes over: by it he reaches the hand-over page (4.4).
const NEVER: [(&str, &str); 3] = [
    (
        "I-01: a primary account without a verified address",
        "SELECT a.id FROM accounts a WHERE a.standing = 'primary' AND a.status = 'active'
           AND NOT EXISTS (SELECT 1 FROM login_identifiers i WHERE i.account_id = a.id)",
    ),
    (
        "I-02: letters go to somebody who has no relation",
        "SELECT a.id FROM accounts a WHERE a.contact_identifier_id IS NOT NULL AND NOT EXISTS (
           SELECT 1 FROM login_identifiers i
           JOIN guardianships g ON g.guardian_account_id = i.account_id
             AND g.dependent_account_id = a.id
             AND (g.status <> 'ended' OR g.ended_reason IN ('majority', 'expired'))
           WHERE i.id = a.contact_identifier_id)",
    ),
    (
        "I-02: letters go to another although he has an address",
        "SELECT a.id FROM accounts a JOIN login_identifiers i ON i.account_id = a.id
         WHERE a.contact_identifier_id IS NOT NULL",
    ),
];

impl History {
    /// I-01, I-02, and I-04: whoever was `primary` once is it still.
    pub(super) async fn look_at_rows(&mut self) {
        let mut tx = self.server.write().await;
        for (what, sql) in NEVER {
            let found: Vec<(String,)> = tx.query(sql).all().await.unwrap();
            assert!(
                found.is_empty(),
                "{what}: {found:?}\n{}",
                self.told.join("\n")
            );
        }
        let primary: Vec<(String,)> = tx
            .query("SELECT id FROM accounts WHERE standing = 'primary'")
            .all()
            .await
            .unwrap();
        let primary: BTreeSet<String> = primary.into_iter().map(|(id,)| id).collect();
        let still = self.primary.is_subset(&primary);
        assert!(still, "I-04: {}", self.told.join("\n"));
        self.primary = primary;
    }
}
