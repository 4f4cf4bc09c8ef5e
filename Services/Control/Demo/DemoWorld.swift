internal import EventTypes
internal import HTTP
internal import Runtime

/// What every play on the platform needs: somebody who calls the gateway, and everybody's mail.
struct DemoWorld: Sendable {
    /// What keeps the names of this play apart from those of others.
    let run: String
    /// A little before, as clocks differ.
    let began: Timestamp
    let settings: PlatformSettings
    let secrets: Secrets
    let programs: ProgramPlan
    let client: DemoClient
    let mail: DemoMail
    let loop: EventLoop

    init(_ settings: PlatformSettings, _ context: CommandContext) throws {
        let now = SystemClock().now()
        run = String(UInt64(now.microseconds / 1_000), radix: 36)
        began = now - .seconds(1)
        self.settings = settings
        loop = context.loop
        secrets = Secrets(settings)
        programs = ProgramPlan(
            settings: settings, secrets: secrets,
            directory: PlatformSettings.executableDirectory(), environment: context.environment,
            isForPeople: false)
        client = DemoClient(
            url: settings.url(.gateway), http: HTTPClient(loop: loop), loop: loop,
            apiKey: try secrets.read(secrets.demoPartnerKey))
        mail = DemoMail(
            MailCatcher(url: settings.url(.sandbox), http: client.http), loop: loop, from: began,
            run: run)
    }

    /// The administrator, signed in.
    func admin() async throws -> DemoSession {
        let admin = DemoSession(
            email: settings.adminEmail, password: try secrets.read(secrets.adminPassword),
            address: "192.0.2.1")
        try await admin.renew(with: client)
        return admin
    }

    /// Does something while the mail is read.
    func live<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        let result = try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await mail.read()
                return nil
            }
            group.addTask { try await body() }
            defer { group.cancelAll() }
            while let result = try await group.next() {
                if let result { return result }
            }
            throw CancellationError()
        }
        await client.http.close()
        return result
    }
}
