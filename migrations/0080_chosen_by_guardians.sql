-- A password that a guardian chose says so, since changing it does not make it the dependent's own.
UPDATE credentials SET chosen_by = 'guardian'
WHERE EXISTS (SELECT 1 FROM guardianships g
  WHERE g.dependent_account_id = credentials.account_id AND g.guardian_account_id = credentials.chosen_by);
