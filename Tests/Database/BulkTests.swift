import Database
import EventTypes
import TestSupport
import Testing

@Suite struct BulkTests {
    private struct Refusal: Error {}

    @Test func copiedRowsArriveWhateverTheyContain() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute(
                "create table t (a bigint, b text, c bytea, d text[], e timestamptz, f float8)")
            let texts = ["plain", "tab\tnew\nline\r\\back", "", "\\N", "ü€"]
            let time = Timestamp(microseconds: 1_767_225_600_123_456)
            let loaded = try await pool.withConnection { (connection) async throws in
                try await connection.copyIn("t (a, b, c, d, e, f)") { copy in
                    for (index, text) in texts.enumerated() {
                        try await copy.row(
                            index, text, [0, 92, 255] as [UInt8], [text, "\"{}"], time,
                            Double.infinity)
                    }
                    try await copy.row(
                        99, String?.none, [UInt8]?.none, [String]?.none, Timestamp?.none, 0.1)
                }
            }
            #expect(loaded == 6)
            let rows = try await pool.query("select * from t order by a")
            for (row, text) in zip(rows, texts) {
                #expect(try row.get("b") == text)
                #expect(try row.get("c") == [0, 92, 255] as [UInt8])
                #expect(try row.get("d") == [text, "\"{}"])
                #expect(try row.get("e") == time)
                #expect(try row.get("f") == Double.infinity)
            }
            #expect(try rows[5].get("b", as: String?.self) == nil)
            #expect(try rows[5].get("d", as: [String]?.self) == nil)
        }
    }

    @Test func nothingIsLoadedWhenTheWriterThrows() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a bigint)")
            try await pool.withConnection { (connection) async throws in
                await #expect(throws: Refusal.self) {
                    try await connection.copyIn("t (a)") { copy in
                        for number in 0..<100_000 { try await copy.row(number) }
                        throw Refusal()
                    }
                }
                #expect(try await connection.query("select 1 from t").isEmpty)
            }
        }
    }

    @Test func aRowThatTheServerRefusesIsItsError() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a bigint unique)")
            try await pool.withConnection { (connection) async throws in
                let error = await #expect(throws: DatabaseError.self) {
                    try await connection.copyIn("t (a)") { copy in
                        for number in 0..<100_000 { try await copy.row(number % 50_000) }
                    }
                }
                #expect(error?.sqlState == "23505")
                let absent = await #expect(throws: DatabaseError.self) {
                    try await connection.copyIn("absent (a)") { _ in }
                }
                #expect(absent?.sqlState == "42P01")
                #expect(try await connection.query("select 1 from t").isEmpty)
            }
        }
    }

    @Test func copyOutGivesWholeLinesOfABoundQuery() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            var lines: [Substring] = []
            let quoted = "it's"
            try await pool.withConnection { (connection) async throws in
                try await connection.copyOut(
                    """
                    select n, \(quoted)::text from generate_series(1, \(50_000)) as n
                    where n > \(10) and n <> all(\([11, 12]))
                    """
                ) { chunk in
                    #expect(chunk.last == UInt8(ascii: "\n"))
                    lines += String(decoding: chunk, as: UTF8.self).split(separator: "\n")
                }
                #expect(try await connection.query("select generate_series(1, 2)").count == 2)
            }
            #expect(lines.count == 49_988)
            #expect(lines.first == "13\tit's" && lines.last == "50000\tit's")
        }
    }

    @Test func aLargeResultComesInBatchesInOrder() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            var next = 1
            var sizes: Set<Int> = []
            try await pool.withConnection { (connection) async throws in
                try await connection.queryBatches(
                    "select n from generate_series(1, \(25_500)) as n", rows: 1_000
                ) { (rows) async throws in
                    sizes.insert(rows.count)
                    for row in rows {
                        #expect(try row.get(0, as: Int.self) == next)
                        next += 1
                    }
                }
            }
            #expect(next == 25_501)
            #expect(sizes == [1_000, 500])
        }
    }

    @Test func aReaderThatThrowsLeavesTheConnectionUsable() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                await #expect(throws: Refusal.self) {
                    try await connection.queryBatches(
                        "select n from generate_series(1, 5000000) as n", rows: 10
                    ) { _ in throw Refusal() }
                }
                await #expect(throws: Refusal.self) {
                    try await connection.copyOut("select n from generate_series(1, 5000000) as n") {
                        _ in throw Refusal()
                    }
                }
                let error = await #expect(throws: DatabaseError.self) {
                    try await connection.queryBatches(
                        "select 1 / (10 - n) from generate_series(1, 20) as n", rows: 3
                    ) { _ in }
                }
                #expect(error?.sqlState == "22012")
                #expect(try await connection.query("select generate_series(1, 2)").count == 2)
            }
        }
    }

    @Test func aScriptRunsAsOneTransaction() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.withConnection { (connection) async throws in
                try await connection.simple("create table a (x int); create table b (x int);")
                await #expect(throws: DatabaseError.self) {
                    try await connection.simple("create table c (x int); select nonsense;")
                }
                await #expect(throws: DatabaseError.self) {
                    try await connection.query("select * from c")
                }
                #expect(try await connection.query("select * from a, b").isEmpty)
            }
        }
    }

    @Test func copyThroughQueryIsRefusedAndThePoolGoesOn() async throws {
        try await TestDatabase.withPool { (pool) async throws in
            try await pool.execute("create table t (a int)")
            await #expect(throws: DatabaseError.self) { try await pool.query("copy t from stdin") }
            await #expect(throws: DatabaseError.self) { try await pool.query("copy t to stdout") }
            #expect(try await pool.query("select 1").count == 1)
        }
    }
}
