internal import EventTypes
internal import HTTP
internal import Runtime
internal import ServiceKit

/// Registering, verifying, signing in and out.
struct AuthRoutes: Sendable {
    /// The most bytes of a body.
    private static let bodyLimit = 8 * 1_024
    private static let codeLimit = 32

    let tools: UserTools

    var table: RouteTable {
        var routes = RouteTable(tag: "auth")
        addRegistration(to: &routes)
        addSessions(to: &routes)
        return routes
    }

    private func addRegistration(to routes: inout RouteTable) {
        let registration = Registration(tools: tools)
        routes.post(
            "/api/v1/auth/register", "Open an account", id: "register", access: .open,
            idempotency: .none, problems: [.invalid, .tooManyRequests],
            bodyLimit: Self.bodyLimit,
            description: "A code is sent to the address; the answer is the same whether it has an "
                + "account or not. A password has 15 to 128 characters and is not a common one.",
            success: 202
        ) { (call: Call<CredentialsBody>) -> Reply<VerificationView> in
            let email = try Self.email(call.body.email)
            try check(newPassword: call.body.password, of: email)
            try await guarded(call, email) {
                try await registration.register(
                    email, password: call.body.password, call.command)
            }
            return .accepted(VerificationView(status: .verificationRequired))
        }
        routes.post(
            "/api/v1/auth/verification-codes", "Send another code", id: "requestCode",
            access: .open, idempotency: .none, problems: [.invalid, .tooManyRequests],
            bodyLimit: Self.bodyLimit, success: 202
        ) { (call: Call<EmailBody>) -> Reply<VerificationView> in
            let email = try Self.email(call.body.email)
            try await guarded(call, email) {
                try await registration.sendCode(to: email, call.command)
            }
            return .accepted(VerificationView(status: .verificationRequired))
        }
        routes.post(
            "/api/v1/auth/verify", "Verify an address by its code", id: "verify", access: .open,
            idempotency: .none, problems: [.invalid, .wrongCode, .tooManyRequests],
            bodyLimit: Self.bodyLimit, success: 200
        ) { (call: Call<VerifyBody>) -> Reply<VerificationView> in
            let email = try Self.email(call.body.email)
            guard call.body.code.utf8.count <= Self.codeLimit else {
                throw Problem.bodyFault("/code", "is too long")
            }
            let isVerified = try await guarded(call, email) {
                try await registration.verify(email, code: call.body.code, call.command)
            }
            guard isVerified else {
                throw ProblemSlug.wrongCode.problem(
                    errors: [.init("/code", "is not the code that was sent last")])
            }
            return .ok(VerificationView(status: .verified))
        }
    }

    private func addSessions(to routes: inout RouteTable) {
        let signIn = SignIn(tools: tools)
        routes.post(
            "/api/v1/auth/login", "Sign in", id: "login", access: .open, idempotency: .none,
            problems: [.invalid, .wrongCredentials, .tooManyRequests], bodyLimit: Self.bodyLimit,
            success: 200
        ) { (call: Call<CredentialsBody>) -> Reply<TokensView> in
            let email = try Self.email(call.body.email)
            guard call.body.password.unicodeScalars.count <= PasswordRules.most else {
                throw Problem.bodyFault("/password", PasswordRules.Fault.tooLong.sentence)
            }
            let tokens = try await guarded(call, email) {
                try await signIn.signIn(email, password: call.body.password, call.command)
            }
            return Self.answer(tokens)
        }
        routes.post(
            "/api/v1/auth/refresh", "Exchange a refresh token for the next", id: "refresh",
            access: .open, idempotency: .none, problems: [.tokenRefused],
            bodyLimit: Self.bodyLimit,
            description: "Each token is good for one exchange; using one again after ten seconds "
                + "ends the session.", success: 200
        ) { (call: Call<RefreshTokenBody>) -> Reply<TokensView> in
            Self.answer(try await signIn.refresh(call.body.refreshToken, call.command))
        }
        routes.post(
            "/api/v1/auth/logout", "End a session", id: "logout", access: .open,
            idempotency: .none, bodyLimit: Self.bodyLimit
        ) { (call: Call<RefreshTokenBody>) -> Reply<NoBody> in
            try await signIn.signOut(call.body.refreshToken, call.command)
            return .noContent
        }
        routes.post(
            "/api/v1/auth/logout-everywhere", "End all your sessions", id: "logoutEverywhere",
            access: .signedIn, idempotency: .none
        ) { (call: Call<NoBody>) -> Reply<NoBody> in
            try await signIn.signOutEverywhere(try call.user().userID, call.command)
            return .noContent
        }
    }

    /// What every path that tries or makes credentials has in common: one throttle, and answers at
    /// even times.
    private func guarded<Body, R: Sendable>(
        _ call: Call<Body>, _ email: EmailAddress, _ body: () async throws -> R
    ) async throws -> R {
        let client = call.request.client(behind: tools.proxies)
        return try await tools.timing.run {
            try await tools.throttle.admit(
                account: tools.digests.digest(of: email),
                address: client?.networkName ?? call.request.remoteAddress)
            return try await body()
        }
    }

    private static func email(_ text: String) throws -> EmailAddress {
        guard let email = EmailAddress(text) else {
            throw Problem.bodyFault("/email", "is not an e-mail address")
        }
        return email
    }

    private func check(newPassword password: String, of email: EmailAddress) throws {
        do {
            try tools.rules.check(password, ownNames: [String(email.localPart), "souk"])
        } catch {
            throw Problem.bodyFault("/password", error.sentence)
        }
    }

    /// Tokens must not stay in any cache (RFC 6749 §5.1).
    private static func answer(_ tokens: SignIn.Tokens) -> Reply<TokensView> {
        .ok(TokensView(tokens)).header("Cache-Control", "no-store")
    }
}
