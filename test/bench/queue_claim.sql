-- B_q: the hand-written queue, one job: claim, commit, complete, commit.
update queue set claimed_at = now()
where id = (select id from queue where claimed_at is null order by id limit 1 for update skip locked)
returning id \gset
delete from queue where id = :id;
