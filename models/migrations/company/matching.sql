-- As before (foundation/words.sql), and for what is the company's in its live workspace, too.
create or replace procedure make_matching(of_table regclass) language plpgsql as $$
declare
  name constant text := of_table || '_matching';
  home text := '';
begin
  if exists (select from pg_policies where tablename = of_table::text and policyname = of_table || '_home') then
    home := 'or t.workspace_id = nullif(current_setting(''''app.home_id'''', true), '''''''')::uuid';
  end if;
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
      where (t.workspace_id = nullif(current_setting(''''app.workspace_id'''', true), '''''''')::uuid %s)
        and t.search_words @@ query;
    end''', name, of_table, of_table, home
  );
  execute format('revoke execute on function %I from public', name);
  execute format('grant execute on function %I to forge_api', name);
  grant create on schema public to forge_search;
  execute format('alter function %I owner to forge_search', name);
  revoke create on schema public from forge_search;
end
$$
