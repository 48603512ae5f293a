-- The words of a text, as `words_of` finds them, in a third of the time where none can be too long for a lexeme.
create function words_in(texts text) returns tsvector language sql immutable parallel safe as $$
  select case when octet_length(texts) <= 1000
    then array_to_tsvector(array_remove(regexp_split_to_array(lower(texts), '[^[:alnum:]]+'), ''))
    else words_of(texts)
  end
$$;

-- The entries of a list as one text.
create function list_text(entries text[]) returns text language sql immutable parallel safe as $$
  select array_to_string(entries, e'\n')
$$;

-- A token for each entry of a list, and for each value of a JSON object.
create function list_tokens(field text, entries text[]) returns text[] language sql immutable parallel safe as $$
  select array(select '=' || field || ':' || left(entry, 400) from unnest(entries) entry)
$$;

create function document_tokens(field text, held jsonb) returns text[] language sql immutable parallel safe as $$
  select array(select '=' || field || ':' || key || ':' || left(value, 400) from jsonb_each_text(held))
$$;

-- What finds rows that hold all words of at least one of these texts; for a text without words, rows that have the
-- token of any value.
create function any_text(texts text[], given text) returns tsquery language sql immutable parallel safe as $$
  select string_agg(coalesce((
    select string_agg('''' || left(part, 400) || '''', '&')
    from regexp_split_to_table(lower(one), '[^[:alnum:]]+') part where part <> ''
  ), '''' || given || ''''), '|')::tsquery
  from unnest(texts) one
$$;

-- What finds rows that hold the words of a text that may end within a word.
create function text_beginning(texts text, given text) returns tsquery language sql immutable parallel safe as $$
  select coalesce(string_agg('''' || left(part, 400) || '''' || case when place = most then ':*' else '' end, '&'),
    '''' || given || '''')::tsquery
  from (
    select part, place, max(place) over () most
    from regexp_split_to_table(lower(texts), '[^[:alnum:]]+') with ordinality w(part, place) where part <> ''
  ) found
$$;

-- Whether row-level security lets `@@` be looked up in an index: only a superuser can mark it so.
create function search_is_leakproof() returns boolean language sql stable as $$
  select proleakproof from pg_proc where oid = 'pg_catalog.ts_match_vq(tsvector, tsquery)'::regprocedure
$$;

-- A role that reads search columns of every workspace, for functions that look into one. No process acts as it.
create procedure make_searcher() language plpgsql as $$
begin
  begin
    create role forge_search nologin nobypassrls;
  exception when duplicate_object or unique_violation then
    null;  -- roles belong to the whole cluster
  end;
  begin
    grant forge_search to current_user with set true, inherit false;
  exception when insufficient_privilege then
    null;  -- another owner made it; an administrator may have granted it
  end;
  if not pg_has_role(current_user, 'forge_search', 'set') then
    raise exception 'current user cannot act as forge_search: an administrator must grant it with set true';
  end if;
  grant usage on schema public to forge_search;
end
$$;

-- The function that finds a table's rows by their words. PostgreSQL writes it into the query where `@@` may be looked up
-- in an index under row-level security. Where not, it acts as a role that no policy binds, and names the workspace
-- itself: docs/decisions/0054-search-without-a-superuser.md.
create procedure make_matching(of_table regclass) language plpgsql as $$
declare
  name constant text := of_table || '_matching';
begin
  if exists (select from pg_proc where proname = name and prosecdef) then
    set local role forge_search;
    execute format('drop function %I', name);
    reset role;
  end if;
  execute format('drop function if exists %I', name);
  if search_is_leakproof() then
    execute format(
      'create function %I(query tsquery) returns setof %s language sql stable parallel safe
      as ''select * from %s where search_words @@ query''', name, of_table, of_table
    );
    return;
  end if;
  call make_searcher();
  execute format('grant select on %s to forge_search', of_table);
  execute format('drop policy if exists %I on %s', of_table || '_search', of_table);
  execute format('create policy %I on %s for select to forge_search using (true)', of_table || '_search', of_table);
  execute format(
    'create function %I(query tsquery) returns setof %s language plpgsql stable security definer
    set search_path = public, pg_temp as
    ''begin
      return query select * from %s t
      where t.workspace_id = nullif(current_setting(''''app.workspace_id'''', true), '''''''')::uuid
        and t.search_words @@ query;
    end''', name, of_table, of_table
  );
  execute format('revoke execute on function %I from public', name);
  execute format('grant execute on function %I to forge_api', name);
  grant create on schema public to forge_search;
  execute format('alter function %I owner to forge_search', name);
  revoke create on schema public from forge_search;
end
$$;

-- Index a table's search columns by what the database has now.
create or replace procedure index_search(of_table regclass) language plpgsql as $$
declare
  keys text := 'search_words';
  trigrams constant boolean := has_gin('gin_trgm_ops');
begin
  execute format(
    'create or replace function may_contain(texts text, pattern text) returns boolean
    language sql immutable parallel safe return %s',
    case when trigrams then 'texts ilike pattern' else 'true' end
  );
  if has_gin('uuid_ops') then
    keys := 'workspace_id, ' || keys;
  end if;
  if trigrams and exists (
    select from pg_attribute where attrelid = of_table and attname = 'search_text' and not attisdropped
  ) then
    keys := keys || ', search_text gin_trgm_ops';
  end if;
  execute format('drop index if exists %I', of_table || '_search');
  execute format(
    'create index %I on %s using gin (%s) with (gin_pending_list_limit = 4096)', of_table || '_search', of_table, keys
  );
  call make_matching(of_table);
end
$$;
