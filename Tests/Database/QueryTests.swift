import Database
import EventTypes
import Runtime
import TestSupport
import Testing

@Suite struct QueryTests {
    @Test func valuesOfEveryKindComeBackAsTheyWent() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let identifier = UserID(high: 0x0192_0000_0000_7000, low: 0x8000_0000_0000_0001)
            let time = Timestamp(microseconds: 1_767_225_600_123_456)
            let bytes: [UInt8] = [0, 1, 255, 92]
            let nothing: String? = nil
            let row = try await pool.query(
                """
                select \(true) as a, \(42) as b, \(Int32(-7)) as c, \(2.5) as d, \("ü'\"\\")::text as e,
                    \(bytes) as f, \(time) as g, \(identifier) as h, \(nothing)::text as i,
                    \(["x", "y\"{,}"]) as j, \([1, 2, 3]) as k, \([identifier]) as l,
                    \([bytes, []]) as m, \(["a", nil] as [String?]) as n, \([] as [String]) as o
                """)[0]
            #expect(try row.get("a") == true)
            #expect(try row.get("b") == 42)
            #expect(try row.get("c", as: Int32.self) == -7)
            #expect(try row.get("d") == 2.5)
            #expect(try row.get("e") == "ü'\"\\")
            #expect(try row.get("f") == bytes)
            #expect(try row.get("g") == time)
            #expect(try row.get("h") == identifier)
            #expect(try row.get("i", as: String?.self) == nil)
            #expect(try row.get("j") == ["x", "y\"{,}"])
            #expect(try row.get("k") == [1, 2, 3])
            #expect(try row.get("l") == [identifier])
            #expect(try row.get("m") == [bytes, []])
            #expect(try row.get("n", as: [String?].self) == ["a", nil])
            #expect(try row.get("o", as: [String].self) == [])
        }
    }

    @Test func serverTypesReadAsSwiftTypes() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let row = try await pool.query(
                """
                select 12345678901::numeric as a, -0.05::numeric(10,2) as b, 100000000::numeric as c,
                    date '2026-01-31' as d, '{"k": 1}'::jsonb as e, 3::smallint as f,
                    timestamptz '2026-01-31 09:30:00.25+02' as g, 1.5::float4 as h,
                    'x'::varchar as i, null::bigint as j, 10000.00010::numeric as k, 0::numeric as l
                """)[0]
            #expect(try row.get("a", as: Int64.self) == 12_345_678_901)
            #expect(try row.get("b", as: String.self) == "-0.05")
            #expect(try row.get("c", as: String.self) == "100000000")
            #expect(try row.get("d", as: String.self) == "2026-01-31")
            #expect(try row.get("d") == Timestamp(year: 2026, month: 1, day: 31)!)
            #expect(try row.get("e", as: JSONText.self).text == #"{"k": 1}"#)
            #expect(try row.get("f", as: Int.self) == 3)
            #expect(try row.get("g") == Timestamp("2026-01-31T07:30:00.25Z")!)
            #expect(try row.get("h", as: Double.self) == 1.5)
            #expect(try row.get("i", as: String.self) == "x")
            #expect(try row.get("j", as: Int?.self) == nil)
            #expect(try row.get("k", as: String.self) == "10000.00010")
            #expect(try row.get("l", as: Int.self) == 0)
        }
    }

    @Test func textFitsWhereverTheServerWantsSomethingElse() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                try await connection.simple(
                    """
                    create type mood as enum ('glad', 'sad');
                    create table t (a jsonb, b mood, c numeric, d date);
                    """)
            }
            let amount = "12.50"
            try await pool.execute(
                """
                insert into t values (\(#"{"a":1}"#), \("glad"), \(amount), \("2026-02-03"))
                """)
            let row = try await pool.query("select *, c::text as e from t")[0]
            #expect(try row.get("b", as: String.self) == "glad")
            #expect(try row.get("e", as: String.self) == "12.50")
        }
    }

    @Test func aWrongColumnOrTypeThrowsItsName() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let row = try await pool.query("select 1 as number, null::text as nothing")[0]
            let absent = #expect(throws: DatabaseError.self) { try row.get("other", as: Int.self) }
            #expect(absent?.code == .decoding && absent?.column == "other")
            #expect(throws: DatabaseError.self) { try row.get("nothing", as: String.self) }
            #expect(throws: DatabaseError.self) { try row.get("number", as: Bool.self) }
            #expect(throws: DatabaseError.self) { try row.get(2, as: Int.self) }
        }
    }

    @Test func aNULInTextIsRefusedBeforeItIsSent() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            for sql in ["select \("a\0b")::text", "select \(["a\0b"])"] as [SQL] {
                let error = await #expect(throws: DatabaseError.self) { try await pool.query(sql) }
                #expect(error?.code == .invalidParameter)
            }
            #expect(try await pool.query("select 1").count == 1)
        }
    }

    @Test(arguments: ["53100", "53200", "53300", "40001"])
    func whatTheServerLacksIsNoFaultOfTheStatement(state: String) async throws {
        try await TestDatabase.withPool { (pool) async throws in
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.execute(
                    SQL(unsafe: "do $$ begin raise 'full' using errcode = '\(state)'; end $$"))
            }
            #expect(error?.sqlState == state && error?.isRetriable == true)
        }
    }

    @Test func aRefusalTellsConstraintAndTableAndNoValue() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table person (email text constraint one_email unique)")
            try await pool.execute("insert into person values (\("secret@example.org"))")
            let error = await #expect(throws: DatabaseError.self) {
                try await pool.execute("insert into person values (\("secret@example.org"))")
            }
            #expect(error?.sqlState == "23505" && error?.isUniqueViolation == true)
            #expect(error?.constraint == "one_email" && error?.table == "person")
            #expect(error.map { "\($0)".contains("secret") } == false)
            #expect(error?.isRetriable == false)
            let syntax = await #expect(throws: DatabaseError.self) {
                try await pool.query("select \("private")::bigint")
            }
            #expect(
                syntax?.sqlState == "22P02" && syntax.map { "\($0)".contains("private") } == false)
        }
    }

    @Test func executeCountsTheRowsItTouched() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a int)")
            let inserted = try await pool.execute("insert into t select generate_series(1, 5)")
            let deleted = try await pool.execute("delete from t where a > \(3)")
            #expect(inserted == 5 && deleted == 2)
        }
    }

    @Test func aRepeatedStatementIsPreparedAndSurvivesAChangeOfTheSchema() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a int)")
            try await pool.execute("insert into t values (1)")
            try await pool.withConnection { (connection) async throws in
                for _ in 0..<4 { _ = try await connection.query("select * from t where a = \(1)") }
                let prepared = try await connection.query(
                    "select count(*) from pg_prepared_statements where statement like '%from t where%'"
                )
                #expect(try prepared[0].get(0, as: Int.self) == 1)
                try await connection.simple("alter table t add column b int default 2")
                let row = try await connection.query("select * from t where a = \(1)")[0]
                #expect(row.columns == ["a", "b"])
                #expect(try row.get("b", as: Int.self) == 2)
            }
        }
    }

    @Test func preparedStatementsAreBounded() async throws {
        try await TestDatabase.with { (configuration, loop) async throws in
            var configuration = configuration
            configuration.preparedStatements = 4
            let pool = DatabasePool(configuration, loop: loop, logger: .silent, metrics: .init())
            try await pool.withConnection { (connection) async throws in
                for number in 0..<20 {
                    for _ in 0..<3 {
                        let rows = try await connection.query(
                            "select \(unsafe: String(number)) + \(1)")
                        #expect(try rows[0].get(0, as: Int.self) == number + 1)
                    }
                }
                let prepared = try await connection.query(
                    "select count(*) from pg_prepared_statements")
                #expect(try prepared[0].get(0, as: Int.self) <= 5)
            }
            await pool.close()
        }
    }

    @Test func concurrentStatementsOfOneConnectionAllGetTheirOwnAnswer() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for number in 0..<200 {
                        group.addTask {
                            if number % 10 == 3 {
                                do {
                                    _ = try await connection.query("select 1 / \(number - number)")
                                    return false
                                } catch let error as DatabaseError {
                                    return error.sqlState == "22012"
                                }
                            }
                            let rows = try await connection.query("select \(number)")
                            return try rows[0].get(0, as: Int.self) == number
                        }
                    }
                    for try await isRight in group { #expect(isRight) }
                }
            }
        }
    }
}
