-- A run's journal as tables. Reads alone, also while the run goes on:
--   sqlite3 -readonly runs/RUN/journal.db
--   sqlite> .read docs/journal-views.sql
--   sqlite> select study, count(*) from requests group by study;
-- Views are temporary: nothing is written into the journal. Keys of events are explained in docs/take-away.md.

-- Every event: number from 1, when it was written (UTC), kind, version, body (JSON).
create temp view events as
select sequence_number as number,
       datetime(write_timestamp / 1000.0, 'unixepoch') as written,
       substr(event_ser_manifest, 1, instr(event_ser_manifest, '/') - 1) as kind,
       cast(substr(event_ser_manifest, instr(event_ser_manifest, '/') + 1) as integer) as version,
       cast(event_payload as text) as body
from event_journal
where deleted = 0;

-- What studies asked for, in order; number is that of trials.csv, study and trial count from 0.
create temp view requests as
select row_number() over (order by number) as number,
       written,
       json_extract(body, '$.study') as study,
       json_extract(body, '$.label') as label,
       json_extract(body, '$.trial') as trial,
       json_extract(body, '$.key') as key,
       json_extract(body, '$.windowLimit') as windowLimit
from events
where kind = 'request-planned';

-- How requests ended: measured, stopped, diverged or failed.
create temp view answers as
select json_extract(body, '$.request') + 1 as number,
       substr(kind, length('request-') + 1) as ending,
       written
from events
where kind in ('request-measured', 'request-stopped', 'request-diverged', 'request-failed');

-- Who was given what: of a portion the windows too.
create temp view leases as
select json_extract(body, '$.trial') as trial,
       json_extract(body, '$.attempt') as attempt,
       json_extract(body, '$.worker') as worker,
       json_extract(body, '$.firstWindow') as firstWindow,
       json_extract(body, '$.toWindow') as toWindow,
       json_extract(body, '$.atMillis') as atMillis
from events
where kind in ('trial-leased', 'portion-leased');

-- What came of leases that were worked to their end.
create temp view finished as
select json_extract(body, '$.trial') as trial,
       json_extract(body, '$.attempt') as attempt,
       json_extract(body, '$.forwardTokens') as forwardTokens,
       json_extract(body, '$.computeNanos') / 1e9 as computeSeconds,
       json_extract(body, '$.atMillis') as atMillis
from events
where kind in ('trial-finished', 'portion-finished');

-- Attempts that failed or were declined, with what the worker said.
create temp view setbacks as
select written, kind,
       json_extract(body, '$.trial') as trial,
       json_extract(body, '$.attempt') as attempt,
       json_extract(body, '$.cause') as cause
from events
where kind in ('attempt-failed', 'attempt-declined', 'trial-failed');

-- When windows became durable. nllNats is packed: base64 of little-endian float64, a sum per window.
create temp view windows as
select written,
       json_extract(body, '$.trial') as trial,
       json_extract(body, '$.attempt') as attempt,
       json_extract(body, '$.firstWindow') as firstWindow,
       json_extract(body, '$.nllNats') as nllNats
from events
where kind = 'windows-measured';

-- Workers, with what they did and how fast.
create temp view workers as
select leases.worker,
       count(*) as leases,
       sum(finished.forwardTokens) as forwardTokens,
       sum(finished.computeSeconds) as computeSeconds,
       sum(finished.forwardTokens) / sum(finished.computeSeconds) as tokensPerSecond
from leases
left join finished using (trial, attempt)
group by leases.worker;
