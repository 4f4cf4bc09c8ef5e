internal import Database
internal import Runtime

/// Gives every service a role and a schema of its own in the one database. No role can look into
/// another's schema.
struct DatabaseSetup: Sendable {
    let pool: DatabasePool
    let secrets: Secrets

    /// The role of a service.
    static func role(_ name: String) -> String { "souk_\(name)" }

    /// Makes what is missing, and sets every password to what the secrets say.
    func run() async throws {
        try await pool.withTransaction { connection in
            try await connection.pipelineExecute([
                "select pg_advisory_xact_lock(hashtext('souk setup'))",
                "create extension if not exists pg_trgm schema public",
                "revoke all on schema public from public",
                """
                do $do$ begin
                    execute format('revoke all on database %I from public', current_database());
                end $do$
                """,
            ])
            for program in PlatformProgram.withLog {
                let password = try secrets.read(secrets.databasePassword(program.name))
                // Values are bound here, so that no password stands in the text of a statement.
                _ = try await connection.query(
                    """
                    select set_config('souk.role', \(Self.role(program.name)), true),
                        set_config('souk.schema', \(program.name), true),
                        set_config('souk.password', \(password), true)
                    """)
                try await connection.execute(Self.make)
            }
        }
    }

    private static let make: SQL = """
        do $do$
        declare
            v_role text := current_setting('souk.role');
            v_schema text := current_setting('souk.schema');
            v_suffix text;
        begin
            if not exists (select from pg_roles where rolname = v_role) then
                execute format('create role %I', v_role);
            end if;
            execute format('alter role %I login nosuperuser nocreatedb nocreaterole noreplication '
                'password %L', v_role, current_setting('souk.password'));
            -- The two others are for read models that are built anew and for those before them.
            foreach v_suffix in array array['', '_rebuild', '_previous'] loop
                execute format('create schema if not exists %I authorization %I',
                    v_schema || v_suffix, v_role);
            end loop;
            execute format('grant connect, temporary on database %I to %I', current_database(),
                v_role);
            execute format('grant usage on schema public to %I', v_role);
        end
        $do$
        """
}
