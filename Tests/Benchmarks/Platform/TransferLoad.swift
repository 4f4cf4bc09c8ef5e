import Database
import EventTypes
import Runtime

/// People who send each other a cent over HTTP, each request with a token and a key of its own.
struct TransferLoad: Sendable {
    static let callers = 256
    static let accounts = 10_000
    /// What everybody has in the beginning, in cents.
    private static let wealth: Int64 = 500_000

    private let bench: Bench
    private let stage: ServiceStage
    private let wallet: SoukProgram
    private let script: String
    private let people: String

    /// Starts a wallet in which everybody is known well and has money.
    init(_ bench: Bench) async throws {
        self.bench = bench
        stage = try await ServiceStage(bench)
        wallet = try await stage.start("wallet", bench)
        let issuer = stage.issuer
        let ids = UUIDv7Generator()
        let people = issuer.userIDs.prefix(Self.accounts)
        try await stage.users.send(people.map { UserKYCLevelChanged(userID: $0, level: 3) })
        try await stage.cashback.send(
            people.map { person in
                CashbackConversionApproved(
                    conversionID: ids.next(), merchantID: ids.next(), userID: person,
                    sale: try Money(minorUnits: Self.wealth * 10, .usd),
                    cashback: try Money(minorUnits: Self.wealth, .usd), reason: "confirmed")
            })
        try await stage.wait(
            until: Self.accounts,
            "select count(*)::int8 from wallet.ledger_account where purpose = 'available'")
        script = bench.workshop.directory + "/transfer.lua"
        self.people = bench.workshop.directory + "/people"
        try Workshop.write(Self.requests + WebLoad.reporter, to: script)
        try Workshop.write(
            zip(people, issuer.tokens).map { "\($0) \($1)\n" }.joined(), to: self.people)
    }

    /// Has everybody send and receive once, so that what follows meets nobody for the first time.
    func warmUp() async throws {
        var done = 0
        while done < Self.accounts {
            done += try await load(sink: nil, from: done).run(seconds: 4).latency?.count ?? 0
        }
    }

    /// - Parameter sink: the number of the person who gets every transfer; anybody where it is nil.
    /// - Returns: transfers a second, each durable before its answer, and how long they took.
    func run(seconds: Int, sink: Int?) async throws -> Sample {
        try await load(sink: sink, from: nil).run(seconds: seconds)
    }

    /// - Parameter from: the number of the first sender, after whom the others follow in order;
    ///   senders are chosen at random where it is nil.
    private func load(sink: Int?, from: Int?) -> WebLoad {
        let keys = UInt64.random(in: 0...UInt64.max)
        return WebLoad(
            bench: bench, url: wallet.url, connections: Self.callers,
            script: (script, [people, "\(keys)", "\(sink ?? 0)", "\(from ?? -1)"]), core: nil)
    }

    /// Checks the books and ends everything.
    func close() async throws {
        let sums = try await stage.pool.query(
            "select coalesce(sum(balance_minor), 0)::int8 from wallet.ledger_account")
        let sum: Int64 = try sums.first?.get(0) ?? -1
        await wallet.stop()
        await stage.close()
        guard sum == 0 else { throw BenchError("the accounts sum to \(sum).") }
    }

    private static let requests = #"""
        local ids, tokens, keys, sink, number, inTurns = {}, {}, "", 0, 0, false
        local path = "/api/v1/wallet/transfers"
        init = function(arguments)
            for line in io.lines(arguments[1]) do
                local id, token = line:match("(%S+) (%S+)")
                ids[#ids + 1] = id
                tokens[#tokens + 1] = "Bearer " .. token
            end
            keys = arguments[2] .. "-"
            sink = tonumber(arguments[3])
            local first = tonumber(arguments[4])
            inTurns = first >= 0
            if inTurns then number = first end
            math.randomseed(os.time())
        end
        request = function()
            number = number + 1
            local from = inTurns and number % #ids + 1 or math.random(#ids)
            local to = sink > 0 and sink or math.random(#ids)
            if from == to then from = from % #ids + 1 end
            return wrk.format("POST", path, {
                ["Authorization"] = tokens[from],
                ["Content-Type"] = "application/json",
                ["Idempotency-Key"] = keys .. number,
            }, '{"to":"' .. ids[to] .. '","amount":{"amount_minor":1,"currency":"USD"}}')
        end

        """#
}
