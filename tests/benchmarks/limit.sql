-- Hand-written SQL of the limit. $1 is the workspace. Each statement follows its name.

-- name: tree
select '{"data":{"quotes":{"nodes":['||coalesce(string_agg(x.j,',') filter (where x.n<=$2::int),'')
  ||'],"pageInfo":{"hasNextPage":'||case when count(*)>$2::int then 'true' else 'false' end
  ||',"endCursor":'||coalesce('"'||translate(rtrim(encode(convert_to('1|'||$3::text||'|'
  ||max(x.z) filter (where x.n<=$2::int),'UTF8'),'base64'),'='),E'+/\n','-_')||'"','null')||'}}}}'
from (
  select '{"id":"'||q.id||'","number":'||to_json(q.number)::text||',"revision":'||q.revision::text
    ||',"title":'||coalesce(to_json(q.title)::text,'null')||',"status":"'||upper(q.status)
    ||'","currency":'||to_json(q.currency)::text||',"dueOn":'||coalesce('"'||q.due_on||'"','null')
    ||',"total":"'||q.total||'","createdAt":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updatedAt":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","client":'||coalesce((
      select '{"id":"'||c.id||'","name":'||to_json(c.name)::text||'}'
      from clients c where c.workspace_id=$1::uuid and c.id=q.client_id),'null')
    ||',"parts":{"nodes":['||coalesce((
      select string_agg(p.j,',') from (
        select '{"id":"'||p.id||'","description":'||to_json(p.description)::text||',"quantity":"'||p.quantity
          ||'","unitPrice":"'||p.unit_price||'","total":"'||p.total||'"}' j
        from quote_parts p where p.workspace_id=$1::uuid and p.quote_id=q.id
        order by p.position, p.id limit 20) p),'')||']}}' j,
    row_number() over () n,
    case when row_number() over ()=$2::int or lead(q.id) over () is null
      then q.id||'|'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end z
  from (
    select * from (
      select * from quotes q where q.workspace_id=$1::uuid and q.deleted_at is null
      order by q.created_at desc, q.id desc limit 1001) q limit $2::int+1) q) x

-- name: flat
select '{"data":{"quotes":{"nodes":['||coalesce(string_agg(x.j,',') filter (where x.n<=$2::int),'')
  ||'],"pageInfo":{"hasNextPage":'||case when count(*)>$2::int then 'true' else 'false' end
  ||',"endCursor":'||coalesce('"'||translate(rtrim(encode(convert_to('1|'||$3::text||'|'
  ||max(x.z) filter (where x.n<=$2::int),'UTF8'),'base64'),'='),E'+/\n','-_')||'"','null')||'}}}}'
from (
  select '{"id":"'||q.id||'","number":'||to_json(q.number)::text||',"revision":'||q.revision::text
    ||',"title":'||coalesce(to_json(q.title)::text,'null')||',"status":"'||upper(q.status)
    ||'","currency":'||to_json(q.currency)::text||',"dueOn":'||coalesce('"'||q.due_on||'"','null')
    ||',"total":"'||q.total||'","createdAt":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updatedAt":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'"}' j,
    row_number() over () n,
    case when row_number() over ()=$2::int or lead(q.id) over () is null
      then q.id||'|'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') end z
  from (
    select * from (
      select * from quotes q where q.workspace_id=$1::uuid and q.deleted_at is null
      order by q.created_at desc, q.id desc limit 1001) q limit $2::int+1) q) x

-- name: one
select coalesce((
  select '{"data":{"quote":{"id":"'||q.id||'","number":'||to_json(q.number)::text||',"revision":'||q.revision::text
    ||',"title":'||coalesce(to_json(q.title)::text,'null')||',"status":"'||upper(q.status)
    ||'","currency":'||to_json(q.currency)::text||',"dueOn":'||coalesce('"'||q.due_on||'"','null')
    ||',"total":"'||q.total||'","createdAt":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updatedAt":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'"}}}'
  from quotes q where q.workspace_id=$1::uuid and q.id=$2::uuid and q.deleted_at is null),'{"data":{"quote":null}}')

-- name: create
with t as materialized (
  select * from enter($1::uuid, $2::bigint, $3::text, $4::bytea, 1, series => 'quote', taken => 1)
), q as (
  insert into quotes (workspace_id, id, created_at, updated_at, version, created_by_id, number, revision, status,
    client_id, title, currency, subtotal, tax, total)
  select $1, $5::uuid, t.clock, t.clock, 1, $6::uuid, 'Q-'||(t.numbers->>'quote'), 1, 'draft',
    $7::uuid, $8::text, $9::text, $10::numeric, $10, $10
  from t where t.state = 'go' returning *
), o as (
  insert into outbox (workspace_id, sequence, type, record_type, record_id, at, data, request_id)
  select $1, t.tick, 'quote.created', 'quotes', q.id, t.clock,
    '{"id":"'||q.id||'","created_at":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updated_at":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","version":1,"deleted_at":null,"number":'||to_json(q.number)::text||',"revision":1,"status":"'||q.status
    ||'","title":'||coalesce(to_json(q.title)::text,'null')
    ||',"customer_rfq_number":null,"customer_po_number":null,"currency":'||to_json(q.currency)::text
    ||',"received_on":null,"due_on":null,"expires_on":null,"sent_at":null,"estimator":null,"tax_rate":null'
    ||',"notes_public":null,"notes_private":null,"lost_reason":null,"subtotal":"'||q.subtotal||'","tax":"'||q.tax
    ||'","total":"'||q.total||'","cost":null,"client_id":"'||q.client_id||'","contact_id":null}',
    $11::text
  from t, q
), a as (
  insert into audit (workspace_id, id, at, record_type, record_id, action, actor_id, request_id, address, user_agent,
    changes)
  select $1, $13::uuid, t.clock, 'quote', q.id, 'created', $6, $11, $14::text, $15::text,
    jsonb_build_object('new', jsonb_build_object('number', q.number, 'client_id', q.client_id, 'title', q.title,
      'currency', q.currency, 'subtotal', q.subtotal::text, 'tax', q.tax::text, 'total', q.total::text))
  from t, q
), d as materialized (
  select '{"data":{"createQuote":{"id":"'||q.id||'","number":'||to_json(q.number)::text||',"revision":'||q.revision::text
    ||',"title":'||coalesce(to_json(q.title)::text,'null')||',"status":"'||upper(q.status)
    ||'","currency":'||to_json(q.currency)::text||',"dueOn":'||coalesce('"'||q.due_on||'"','null')
    ||',"total":"'||q.total||'","createdAt":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updatedAt":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","client":'||coalesce((
      select '{"id":"'||c.id||'","name":'||to_json(c.name)::text||'}'
      from clients c where c.workspace_id=$1::uuid and c.id=q.client_id),'null')||'}}}' body, t.clock
  from q, t
), i as (
  insert into idempotency (workspace_id, key, fingerprint, status, scopes, record_id, body, created_at)
  select $1, $3, $4, 200, $12::text[], $5, d.body, d.clock from d
)
select t.state, convert_to(coalesce((select body from d), t.body), 'UTF8') from t

-- name: locked
with c as materialized (select * from claim($1::uuid, $2::text, $3::bytea))
select c.state, q.version, q.status, q.currency, q.tax_rate
from c left join lateral (
  select * from quotes q
  where q.workspace_id = $1::uuid and q.id = $4::uuid and q.deleted_at is null and c.state = 'go'
  for no key update) q on true

-- name: lines
select id, unit_cost from quote_parts where workspace_id = $1::uuid and quote_id = $2::uuid order by position, id

-- name: update
with t as materialized (
  select * from tick($1::uuid, $2::bigint, 1)
), q as (
  update quotes q set updated_at = t.clock, version = version + 1, title = $6::text, subtotal = $7::numeric,
    tax = $8::numeric, total = $9::numeric, cost = $10::numeric
  from t where t.state = 'go' and q.workspace_id = $1::uuid and q.id = $5::uuid
  returning q.*, old.title old_title, old.subtotal old_subtotal, old.tax old_tax, old.total old_total, old.cost old_cost
), p as (
  update quote_parts p set position = n.position, description = n.description, quantity = n.quantity,
    unit_price = n.price, total = n.total
  from t, unnest($11::uuid[], $12::int[], $13::text[], $14::numeric[], $15::numeric[], $16::numeric[])
    n (id, position, description, quantity, price, total)
  where t.state = 'go' and p.workspace_id = $1::uuid and p.id = n.id
  returning p.*, old.description old_description, old.quantity old_quantity, old.unit_price old_price,
    old.total old_total
), o as (
  insert into outbox (workspace_id, sequence, type, record_type, record_id, at, data, request_id)
  select $1, t.tick, 'quote.updated', 'quotes', q.id, t.clock,
    '{"id":"'||q.id||'","created_at":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updated_at":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","version":'||q.version||',"deleted_at":null,"number":'||to_json(q.number)::text||',"revision":'||q.revision
    ||',"status":"'||q.status||'","title":'||coalesce(to_json(q.title)::text,'null')
    ||',"customer_rfq_number":'||coalesce(to_json(q.customer_rfq_number)::text,'null')
    ||',"customer_po_number":'||coalesce(to_json(q.customer_po_number)::text,'null')
    ||',"currency":'||to_json(q.currency)::text
    ||',"received_on":'||coalesce('"'||q.received_on||'"','null')||',"due_on":'||coalesce('"'||q.due_on||'"','null')
    ||',"expires_on":'||coalesce('"'||q.expires_on||'"','null')
    ||',"sent_at":'||coalesce('"'||to_char(q.sent_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'"','null')
    ||',"estimator":'||coalesce(to_json(q.estimator)::text,'null')
    ||',"tax_rate":'||coalesce('"'||q.tax_rate||'"','null')
    ||',"notes_public":'||coalesce(to_json(q.notes_public)::text,'null')
    ||',"notes_private":'||coalesce(to_json(q.notes_private)::text,'null')
    ||',"lost_reason":'||coalesce(to_json(q.lost_reason)::text,'null')
    ||',"subtotal":"'||q.subtotal||'","tax":"'||q.tax||'","total":"'||q.total||'"'
    ||',"cost":'||coalesce('"'||q.cost||'"','null')||',"client_id":"'||q.client_id||'"'
    ||',"contact_id":'||coalesce('"'||q.contact_id||'"','null')||'}',
    $17::text
  from t, q
), a as (
  insert into audit (workspace_id, id, at, record_type, record_id, action, actor_id, request_id, address, user_agent,
    changes)
  select $1, $19::uuid, t.clock, 'quote', q.id, 'updated', $20::uuid, $17, $21::text, $22::text,
    jsonb_build_object(
      'old', jsonb_build_object('title', q.old_title, 'subtotal', q.old_subtotal::text, 'total', q.old_total::text),
      'new', jsonb_build_object('title', q.title, 'subtotal', q.subtotal::text, 'total', q.total::text),
      'lines', jsonb_build_object('quote_parts', (select jsonb_agg(jsonb_build_object('id', p.id,
        'old', jsonb_build_object('description', p.old_description, 'quantity', p.old_quantity::text,
          'unit_price', p.old_price::text, 'total', p.old_total::text),
        'new', jsonb_build_object('description', p.description, 'quantity', p.quantity::text,
          'unit_price', p.unit_price::text, 'total', p.total::text)) order by p.position) from p)))
  from t, q
), d as materialized (
  select '{"data":{"updateQuote":{"id":"'||q.id||'","number":'||to_json(q.number)::text||',"revision":'||q.revision::text
    ||',"title":'||coalesce(to_json(q.title)::text,'null')||',"status":"'||upper(q.status)
    ||'","currency":'||to_json(q.currency)::text||',"dueOn":'||coalesce('"'||q.due_on||'"','null')
    ||',"total":"'||q.total||'","createdAt":"'||to_char(q.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updatedAt":"'||to_char(q.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","parts":{"nodes":['||(select string_agg(
      '{"id":"'||p.id||'","description":'||to_json(p.description)::text||',"quantity":"'||p.quantity
        ||'","unitPrice":"'||p.unit_price||'","total":"'||p.total||'"}', ',' order by p.position, p.id) from p)
    ||']}}}}' body, t.clock
  from q, t
), i as (
  insert into idempotency (workspace_id, key, fingerprint, status, scopes, record_id, body, created_at)
  select $1, $3, $4, 200, $18::text[], $5, d.body, d.clock from d
)
select t.state, convert_to(d.body, 'UTF8') from t left join d on true

-- name: clients
select code, id from clients where workspace_id = $1::uuid and code = any($2::text[]) and deleted_at is null
order by id for no key update

-- name: contacts
select * from contacts where workspace_id = $1::uuid and client_id = any($2::uuid[]) order by client_id, position

-- name: upsert
with t as materialized (
  select * from tick($1::uuid, $2::bigint, $3::integer)
), u as (
  update clients c set name = v.name, currency = v.currency, version = c.version + 1,
    updated_at = t.clock - v.back * interval '1 microsecond'
  from t, json_to_recordset($4::json) as v(id uuid, back integer, entry uuid, name text, currency text)
  where t.state = 'go' and c.workspace_id = $1::uuid and c.id = v.id returning c.*, v.back, v.entry, old.name old_name
), n as (
  insert into clients (workspace_id, id, created_at, updated_at, version, code, name, status, currency, tax_exempt)
  select $1, v.id, t.clock - v.back * interval '1 microsecond', t.clock - v.back * interval '1 microsecond', 1, v.code,
    v.name, 'active', v.currency, false
  from t, json_to_recordset($5::json) as v(id uuid, back integer, code text, name text, currency text)
  where t.state = 'go' returning *
), r as (
  select u.*, 'client.updated' as told from u
  union all
  select n.*, v.back, v.entry, null, 'client.created' from n
    join json_to_recordset($5::json) as v(id uuid, back integer, entry uuid) on v.id = n.id
), a as (
  insert into audit (workspace_id, id, at, record_type, record_id, action, request_id, changes)
  select $1, r.entry, r.updated_at, 'client', r.id, split_part(r.told, '.', 2), $6, case when r.old_name is null
    then jsonb_build_object('new', jsonb_build_object('code', r.code, 'name', r.name, 'currency', r.currency))
    else jsonb_build_object('old', jsonb_build_object('name', r.old_name), 'new', jsonb_build_object('name', r.name)) end
  from r
), o as (
  insert into outbox (workspace_id, sequence, type, record_type, record_id, at, data, request_id)
  select $1, t.tick - r.back, r.told, 'clients', r.id, r.updated_at,
    '{"id":"'||r.id||'","created_at":"'||to_char(r.created_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
    ||'","updated_at":"'||to_char(r.updated_at,'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')||'","version":'||r.version
    ||',"deleted_at":null,"code":'||coalesce(to_json(r.code)::text,'null')||',"name":'||to_json(r.name)::text
    ||',"status":"'||r.status||'","currency":'||to_json(r.currency)::text
    ||',"payment_terms":'||coalesce(to_json(r.payment_terms)::text,'null')
    ||',"payment_days":'||coalesce(r.payment_days::text,'null')
    ||',"credit_limit":'||coalesce('"'||r.credit_limit||'"','null')||',"tax_exempt":'||r.tax_exempt
    ||',"tax_rate":'||coalesce('"'||r.tax_rate||'"','null')
    ||',"discount_rate":'||coalesce('"'||r.discount_rate||'"','null')
    ||',"website":'||coalesce(to_json(r.website)::text,'null')||',"notes":'||coalesce(to_json(r.notes)::text,'null')
    ||',"tags":'||to_json(r.tags)||'}',
    $6::text
  from t, r
)
select state from t
