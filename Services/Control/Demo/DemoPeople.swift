internal import EventTypes
internal import HTTP
internal import JSON

/// Opens accounts as people do: register, read the code, verify, sign in.
struct DemoPeople: Sendable {
    /// How long a code may be on its way before another one is asked for, which makes the first one
    /// worthless; each time longer by as much, lest a slow platform never be fast enough.
    static let codeTimeout: Duration = .seconds(20)
    static let codeAttempts = 4

    let client: DemoClient
    let mail: DemoMail
    let admin: DemoSession

    /// Opens an account, proves its address, and signs in.
    ///
    /// - Returns: whose it is.
    func register(_ session: DemoSession) async throws -> UserID {
        _ = try await post("register", session.credentials, session)
        var tried: Set<String> = []
        for attempt in 1...Self.codeAttempts {
            if attempt > 1 {
                _ = try await post(
                    "verification-codes", ["email": .string(session.email)], session)
            }
            while let code = try await mail.wait(
                for: session.email, after: tried, timeout: Self.codeTimeout * attempt)
            {
                tried.insert(code)
                if try await verify(session, code), let id = session.userID { return id }
            }
        }
        throw DemoFailure(
            call: "verifying \(session.email)", status: nil, reason: "no code was taken")
    }

    /// - Returns: whether the code was taken, and its owner is signed in.
    private func verify(_ session: DemoSession, _ code: String) async throws -> Bool {
        do {
            _ = try await post(
                "verify", ["email": .string(session.email), "code": .string(code)], session)
            try await session.renew(with: client)
            return true
        } catch let failure as DemoFailure where failure.status == 400 || failure.status == 422 {
            // The code may have been taken already, with the answer lost; otherwise a newer one was
            // asked for.
            return try await isVerified(session)
        }
    }

    /// Whether the account can be signed in to, which only a verified one can.
    private func isVerified(_ session: DemoSession) async throws -> Bool {
        do {
            try await session.renew(with: client)
            return true
        } catch let failure as DemoFailure where failure.status != nil {
            return false
        }
    }

    /// Opens a customer's account, and has them known well enough to be paid `payout`.
    func open(_ session: DemoSession, payout: Money) async throws {
        let id = try await register(session)
        let level = payout.minorUnits > 100_000 ? 3 : payout.minorUnits > 10_000 ? 2 : 1
        if level > 1 {
            try await put("/api/v1/users/\(id)/kyc-level", ["level": .integer(Int64(level))])
        }
    }

    /// What an administrator sets.
    func put(_ path: String, _ body: JSONValue) async throws {
        var request = try DemoClient.Request(.put, path, json: body)
        request.session = admin
        _ = try await client.send(request)
    }

    private func post(
        _ name: String, _ body: JSONValue, _ session: DemoSession
    ) async throws -> DemoAnswer {
        var request = try DemoClient.Request(.post, "/api/v1/auth/\(name)", json: body)
        request.address = session.address
        return try await client.send(request)
    }
}
