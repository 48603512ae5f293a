-- Both extensions are optional: without them search and `contains` answer too, through fewer or larger indexes.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['pg_trgm', 'btree_gin'] loop
    begin
      execute format('create extension if not exists %I', wanted);
    exception when others then
      raise notice 'without %: %', wanted, sqlerrm;
    end;
  end loop;
end
$$;

-- Words are runs of letters and digits, lower case; cut where a lexeme may not be longer.
create function words_of(texts text) returns tsvector language sql immutable parallel safe as $$
  select array_to_tsvector(array(
    select distinct left(part, 400) from regexp_split_to_table(lower(texts), '[^[:alnum:]]+') part where part <> ''
  ))
$$;

-- What finds all words of a text at the beginning of words.
create function word_query(texts text) returns tsquery language sql immutable parallel safe as $$
  select coalesce(string_agg('''' || left(part, 400) || ''':*', ' & '), '')::tsquery
  from regexp_split_to_table(lower(texts), '[^[:alnum:]]+') part where part <> ''
$$;

-- Whether an operator class of GIN can be named as it is.
create function has_gin(class text) returns boolean language sql stable as $$
  select exists (
    select from pg_opclass c join pg_am m on m.oid = c.opcmethod
    where c.opcname = class and m.amname = 'gin' and pg_opclass_is_visible(c.oid)
  )
$$;

-- Index a table's search columns by what the database has now. What trigrams can do is decided here and nowhere else:
-- PostgreSQL writes the two functions into the query itself.
create procedure index_search(of_table regclass) language plpgsql as $$
declare
  keys text := 'search_words';
  trigrams constant boolean := has_gin('gin_trgm_ops');
begin
  execute format(
    'create or replace function may_contain(texts text, pattern text) returns boolean
    language sql immutable parallel safe return %s',
    case when trigrams then 'texts ilike pattern' else 'true' end
  );
  execute format(
    'create or replace function may_find(words tsvector, texts text, word text, pattern text) returns boolean
    language sql immutable parallel safe return %s',
    case when trigrams then 'texts ilike pattern' else 'words @@ word_query(word)' end
  );
  if has_gin('uuid_ops') then
    keys := 'workspace_id, ' || keys;
  end if;
  if trigrams then
    keys := keys || ', search_text gin_trgm_ops';
  end if;
  execute format('drop index if exists %I', of_table || '_search');
  execute format(
    'create index %I on %s using gin (%s) with (gin_pending_list_limit = 256)', of_table || '_search', of_table, keys
  );
end
$$;
