//! What people are told of their relations, by letters that exist exactly when the deed does.
//!
//! Each goes to the addresses that its reader owns, so that a dependent to whom a guardian lends
//! one gets none; nobody is told of what he did himself.
use super::{Basis, Guardianship, Status, in_force::in_force, queries, step_queries};
use crate::{
    accounts,
    audit::Doer,
    id::{AccountId, OrganizationId},
    mail::{Letter, Mailer, RelationLetter, RelationNews},
    organizations,
    store::{StoreError, Tx},
};

/// With what people are told: who posts it, and the addresses of the pages where they see it.
#[derive(Clone)]
pub struct Notices {
    /// Posts the letters.
    pub mailer: Mailer,
    /// What each address begins with.
    pub issuer: String,
    /// The page that says for whom a person acts.
    pub care: String,
    /// The page that says who acts for a person.
    pub proxies: String,
    /// The page of a consumer, for staff.
    pub consumer: fn(OrganizationId, AccountId) -> String,
}

/// A deed: the relation as it was before it, and who did it.
type Deed<'a> = (&'a Guardianship, &'a Doer);

impl Notices {
    /// Somebody is asked to act for another.
    pub(super) async fn asked(&self, tx: &mut Tx, deed: Deed<'_>) -> Result<(), StoreError> {
        let (relation, by) = deed;
        let news = match by.account() == Some(relation.dependent) {
            true => RelationNews::AskedBySubject,
            false => RelationNews::Asked,
        };
        self.write(tx, deed, relation.guardian, news).await
    }

    /// He said yes; the relation may be in force with it.
    pub(super) async fn accepted(&self, tx: &mut Tx, deed: Deed<'_>) -> Result<(), StoreError> {
        self.answered(tx, deed, RelationNews::Accepted).await?;
        self.began(tx, deed).await
    }

    /// If the relation is in force now, both sides hear of it, and the other guardians.
    pub(super) async fn began(&self, tx: &mut Tx, deed: Deed<'_>) -> Result<(), StoreError> {
        let (relation, _) = deed;
        if in_force(tx, relation.id).await?.is_none() {
            return Ok(());
        }
        self.both(tx, deed, RelationNews::Began).await?;
        for other in others(tx, relation).await? {
            self.write(tx, deed, other, RelationNews::Began).await?;
        }
        Ok(())
    }

    /// Both sides hear that the relation goes on, if it does.
    pub(super) async fn resumed(&self, tx: &mut Tx, deed: Deed<'_>) -> Result<(), StoreError> {
        match in_force(tx, deed.0.id).await? {
            Some(_) => self.both(tx, deed, RelationNews::Resumed).await,
            None => Ok(()),
        }
    }

    /// The relation is over, or is not to be.
    pub(super) async fn ended(&self, tx: &mut Tx, deed: Deed<'_>) -> Result<(), StoreError> {
        let (relation, by) = deed;
        if relation.status != Status::Pending {
            return self.both(tx, deed, RelationNews::Ended).await;
        }
        let by = by.account();
        if by == Some(relation.guardian) {
            return self.answered(tx, deed, RelationNews::Declined).await;
        }
        // Whoever takes back what nobody answered is to see no difference (N-01).
        if by == Some(relation.dependent) {
            return Ok(());
        }
        let news = RelationNews::Withdrawn;
        self.write(tx, deed, relation.guardian, news).await
    }

    /// Both sides hear of it.
    pub(super) async fn both(
        &self,
        tx: &mut Tx,
        deed: Deed<'_>,
        news: RelationNews,
    ) -> Result<(), StoreError> {
        let (relation, _) = deed;
        self.write(tx, deed, relation.guardian, news).await?;
        self.write(tx, deed, relation.dependent, news).await
    }

    /// Staff who asked hear the answer. The adult who grants a proxy hears of a yes when it
    /// begins, and of a no never (N-01).
    async fn answered(
        &self,
        tx: &mut Tx,
        deed: Deed<'_>,
        news: RelationNews,
    ) -> Result<(), StoreError> {
        let (relation, _) = deed;
        let asker = step_queries::asker(tx, relation.id).await?;
        let parties = [relation.guardian, relation.dependent];
        match asker.filter(|asker| !parties.contains(asker)) {
            Some(asker) => self.write(tx, deed, asker, news).await,
            None => Ok(()),
        }
    }

    async fn write(
        &self,
        tx: &mut Tx,
        (relation, by): Deed<'_>,
        reader: AccountId,
        news: RelationNews,
    ) -> Result<(), StoreError> {
        if by.account() == Some(reader) {
            return Ok(());
        }
        let account = accounts::account(tx, reader).await?;
        let guardian = accounts::account(tx, relation.guardian).await?;
        let dependent = accounts::account(tx, relation.dependent).await?;
        let organization = organizations::get(tx, relation.organization).await?;
        let (Some(account), Some(organization)) = (account, organization) else {
            return Ok(());
        };
        let named = |person: AccountId, name: Option<String>| name.filter(|_| person != reader);
        let letter = Letter::Relation(RelationLetter {
            name: account.display_name,
            organization: organization.name,
            guardian: named(relation.guardian, guardian.map(|it| it.display_name)),
            dependent: named(relation.dependent, dependent.map(|it| it.given_name)),
            news,
            link: self.page(relation, reader, news),
        });
        accounts::tell(tx, &self.mailer, reader, &letter).await
    }

    /// Where the reader sees it.
    fn page(&self, relation: &Guardianship, reader: AccountId, news: RelationNews) -> String {
        let (org, dependent) = (relation.organization, relation.dependent);
        let path = match news {
            RelationNews::Accepted | RelationNews::Declined => (self.consumer)(org, dependent),
            _ if reader == dependent => self.proxies.clone(),
            _ => self.care.clone(),
        };
        format!("{}{path}", self.issuer)
    }
}

/// The other guardians who may act now. To whom an adult grants a proxy is nobody else's affair.
async fn others(tx: &mut Tx, relation: &Guardianship) -> Result<Vec<AccountId>, StoreError> {
    if relation.basis == Basis::PatientConsent {
        return Ok(Vec::new());
    }
    let mut others = Vec::new();
    for other in queries::of_dependent(tx, relation.dependent).await? {
        let is_other = other.organization == relation.organization
            && other.guardian != relation.guardian
            && other.basis != Basis::PatientConsent;
        if is_other && in_force(tx, other.id).await?.is_some() {
            others.push(other.guardian);
        }
    }
    Ok(others)
}
