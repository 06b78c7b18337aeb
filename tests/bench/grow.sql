-- The demo's books after years of work. :payments, :operations are how many; :now is the last moment, UTC and local.
-- Each payment is STEP = 90 s after the one before; the newest :operations of them have a receipt.

INSERT INTO payments (id, login, date, admin, balance, summ, cashtypeid, note)
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :payments)
SELECT i, printf('u%05d', i * 7919 % 20000 + 1),
       strftime('%Y-%m-%d %H:%M:%S.000000', :now, ((i - :payments) * 90) || ' seconds'),
       'kassir', '0', printf('%d.50', 100 + i % 900), 1, '' FROM n WHERE :payments > 0;

INSERT INTO dreamkas_operations (id, operation_id, external_id, date_create, date_finish, status, error_code,
    error_message, receipt_id, operation_body, repeated_fiscop_id, repeat_count, state, source_kind, source_id,
    source_key, amount, service, subscriber, contract, contact, admin, device_id, goods_id, tax_mode, payment_type,
    reason, reason_text, alarm, attempt, unsent, asked, look_first, created_utc, paid_local, accepted_utc, finished_utc)
WITH RECURSIVE
    n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :operations),
    known(i, source, moment, bad, name) AS (
        SELECT i, i + max(0, :payments - :operations),
               strftime('%Y-%m-%d %H:%M:%S.000000', :now, ((i - :operations) * 90) || ' seconds'), i % 53 = 0,
               printf('%08x%016x', i * 2654435761 % 4294967296, i) FROM n)
SELECT i, name, 'e' || name, moment, moment, CASE WHEN bad THEN 'ERROR' ELSE 'SUCCESS' END,
       CASE WHEN bad THEN 'CashOffline' ELSE '' END, CASE WHEN bad THEN 'Cash is offline' ELSE '' END,
       CASE WHEN bad THEN '' ELSE 'r' || name END, hex(zeroblob(300)), '', 0,
       CASE WHEN bad THEN 'rejected' ELSE 'fiscalized' END, 'payment', source,
       CASE WHEN bad THEN NULL ELSE 'payment:' || source END, (100 + source % 900) * 100 + 50, 'internet',
       printf('u%05d', source * 7919 % 20000 + 1), source * 7919 % 20000 + 110001,
       printf('+7921%07d', source * 7919 % 20000 + 1), 'kassir', '70321', '0b6a4c9e-52d1-4f3a-8c27-1c9b1b0b7a10',
       'SIMPLE', 'CASH', CASE WHEN bad THEN 'refused' ELSE '' END, '', '', 1, 0, 1, 0, moment, moment, moment, moment
FROM known WHERE :operations > 0;

INSERT INTO dreamkas_inbox (id, digest, came_utc, last_utc, times, type, action, object_id, fate, operation_pk, raw)
SELECT id, 'd' || operation_id, created_utc, created_utc, 1, CASE WHEN id % 3 THEN 'OPERATION' ELSE 'RECEIPT' END,
       CASE WHEN id % 3 THEN 'UPDATE' ELSE 'CREATE' END, operation_id, 'settled', id,
       CAST('{"type": "OPERATION", "action": "UPDATE", "data": {"id": "' || operation_id || '", "status": "' || status
       || '"}}' AS BLOB) FROM dreamkas_operations;

INSERT INTO dreamkas_notifications (id, created_utc, level, kind, message, params, operation_pk)
SELECT id, created_utc, CASE WHEN id % 53 THEN 'ok' ELSE 'bad' END, 'operation', 'Receipt of %(subscriber)s is printed',
       '{"subscriber": "' || subscriber || '"}', id FROM dreamkas_operations;

INSERT INTO dreamkas_receipts (id, operation_id, device_id, shop_id, shift, number, type, amount, cashier, date_utc,
    local_date, words, contact, body, seen_utc)
SELECT receipt_id, operation_id, device_id, '1', id / 900, id % 900, 'SALE', amount, 'Касса', created_utc, created_utc,
       'доступ в интернет ' || subscriber, contact, '{}', created_utc FROM dreamkas_operations WHERE receipt_id <> '';
