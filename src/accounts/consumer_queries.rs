//! The consumers of an organization, as its staff look for them.
use super::{Standing, Status, queries};
use crate::{
    folding::fold,
    id::{AccountId, OrganizationId},
    store::{StoreError, Tx},
};

/// A consumer in a list.
#[derive(Debug, Clone)]
pub struct Consumer {
    /// Who.
    pub account: AccountId,
    /// The name to show.
    pub name: String,
    /// Day of birth, YYYY-MM-DD.
    pub birth_date: Option<String>,
    /// Whether the account may be used.
    pub status: Status,
    /// Whether the person stands on his own.
    pub standing: Standing,
    /// The FHIR Patient.
    pub patient_id: Option<String>,
    /// An e-mail address of his own.
    pub email: Option<String>,
    /// A phone number of his own.
    pub phone: Option<String>,
}

#[derive(sqlx::FromRow)]
struct Row {
    account_id: AccountId,
    name: String,
    birth_date: Option<String>,
    status: String,
    standing: String,
    patient_id: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

impl TryFrom<Row> for Consumer {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            account: row.account_id,
            name: row.name,
            birth_date: row.birth_date,
            status: queries::parse_status(&row.status)?,
            standing: queries::parse_standing(row.standing)?,
            patient_id: row.patient_id,
            email: row.email,
            phone: row.phone,
        })
    }
}

/// Most that are looked through for the one that is named.
const MANY: i64 = 20;
/// Fewest digits that look for a phone number.
const DIGITS: usize = 4;

/// Up to `limit` consumers of the organization, after the account whose id is `after`, in
/// order of their ids: all, or those whose name holds `text`, whatever the case and the
/// accents, whose e-mail address begins with it, whose phone number holds its digits or whose
/// patient record it names.
///
/// # Errors
/// The database is away.
pub async fn consumers(
    tx: &mut Tx,
    organization: OrganizationId,
    text: &str,
    (after, limit): (&str, i64),
) -> Result<Vec<Consumer>, StoreError> {
    let text = text.trim();
    let email = literal(&text.to_lowercase());
    let rows: Vec<Row> = tx
        .query(
            "SELECT a.id AS account_id, a.display_name AS name, a.birth_date, a.status, a.standing,
               p.patient_id,
               (SELECT MIN(i.value_norm) FROM login_identifiers i
                WHERE i.account_id = a.id AND i.kind = 'email') AS email,
               (SELECT MIN(i.value_norm) FROM login_identifiers i
                WHERE i.account_id = a.id AND i.kind = 'phone') AS phone
             FROM consumer_profiles p JOIN accounts a ON a.id = p.account_id
             WHERE p.organization_id = $1 AND p.account_id > $2
               AND ($3 = '' OR a.search_name LIKE $4 ESCAPE '\\' OR p.patient_id = $3
                 OR EXISTS (SELECT 1 FROM login_identifiers i WHERE i.account_id = a.id
                   AND ((i.kind = 'email' AND i.value_norm LIKE $5 ESCAPE '\\')
                     OR (i.kind = 'phone' AND i.value_norm LIKE $6))))
             ORDER BY p.account_id LIMIT $7",
        )
        .bind(organization)
        .bind(after)
        .bind(text)
        .bind(format!("%{}%", literal(&fold(text))))
        .bind(format!("{email}%"))
        .bind(phone_pattern(text))
        .bind(limit)
        .all()
        .await?;
    rows.into_iter().map(Consumer::try_from).collect()
}

/// The consumer whom the text names, where it is one only: exactly, or as [`consumers`]
/// looks for him.
///
/// # Errors
/// The database is away.
pub async fn only_consumer(
    tx: &mut Tx,
    organization: OrganizationId,
    text: &str,
) -> Result<Option<AccountId>, StoreError> {
    let found = consumers(tx, organization, text, ("", MANY)).await?;
    let folded = text.trim().to_lowercase();
    let is_named = |consumer: &&Consumer| {
        let email = consumer.email.as_deref();
        email == Some(&folded) || consumer.patient_id.as_deref() == Some(text.trim())
    };
    let exact = found.iter().find(is_named);
    Ok(match (exact, found.as_slice()) {
        (Some(exact), _) => Some(exact.account),
        (None, [only]) => Some(only.account),
        _ => None,
    })
}

/// The text with nothing in it that `LIKE` takes for more than itself.
fn literal(text: &str) -> String {
    let special = |c: char| matches!(c, '%' | '_' | '\\');
    text.chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// The digits of what looks like a phone number, without the zeros that are dialled before
/// it; nothing matches any other text.
fn phone_pattern(text: &str) -> String {
    let is_phone = text
        .chars()
        .all(|c| c.is_ascii_digit() || " +-/().".contains(c));
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.trim_start_matches('0') {
        digits if is_phone && digits.len() >= DIGITS => format!("%{digits}%"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_means_itself() {
        assert_eq!(literal("50%_\\a"), "50\\%\\_\\\\a");
        assert_eq!(phone_pattern("0470 12 34"), "%4701234%");
        assert_eq!(phone_pattern("+32 470"), "%32470%");
        for other in ["", "007", "Ann 12345"] {
            assert_eq!(phone_pattern(other), "");
        }
    }
}
