-- The three roles Forge acts as. None may log in: a process logs in as the owner of DATABASE_URL and sets its role.
do $$
declare
  name text;
begin
  foreach name in array array['forge_api', 'forge_worker', 'forge_access'] loop
    begin
      execute format('create role %I nologin nobypassrls', name);
    exception when duplicate_object or unique_violation then
      null;  -- roles belong to the whole cluster: another database of it has made them
    end;
    begin
      execute format('grant %I to current_user with set true', name);
    exception when insufficient_privilege then
      raise notice 'current user cannot grant itself %: an administrator must', name;
    end;
    execute format('grant usage on schema public to %I', name);
  end loop;
end
$$;

-- Under a policy the planner puts only LEAKPROOF comparisons into an index; only a superuser may mark them.
do $$
declare
  comparison text;
begin
  foreach comparison in array array[
    'numeric_eq(numeric, numeric)', 'numeric_ne(numeric, numeric)', 'numeric_lt(numeric, numeric)',
    'numeric_le(numeric, numeric)', 'numeric_gt(numeric, numeric)', 'numeric_ge(numeric, numeric)',
    'numeric_cmp(numeric, numeric)', 'textlike(text, text)', 'texticlike(text, text)',
    'ts_match_vq(tsvector, tsquery)', 'arraycontains(anyarray, anyarray)', 'jsonb_contains(jsonb, jsonb)'
  ] loop
    execute format('alter function pg_catalog.%s leakproof', comparison);
  end loop;
exception when insufficient_privilege then
  raise notice 'not a superuser: filters on numbers, patterns and arrays will not use their indexes';
end
$$;
