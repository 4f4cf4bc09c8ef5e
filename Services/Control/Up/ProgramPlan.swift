internal import Bus

/// How each program of the platform is started: its arguments and its environment.
struct ProgramPlan: Sendable {
    let settings: PlatformSettings
    let secrets: Secrets
    /// Where the executables are.
    let directory: String
    /// The environment of `souk up` itself.
    let environment: [String: String]
    /// Whether the lines of log go to a person.
    let isForPeople: Bool

    /// The plan of the platform that was made here, to run its programs beside it.
    ///
    /// - Throws: `Complaint` where none was made yet.
    static func ofPlatform(here context: CommandContext) throws -> ProgramPlan {
        let settings = context.settings.adopting(PlatformRecord.read(context.settings))
        let secrets = Secrets(settings)
        _ = try secrets.read(secrets.serviceDirectory)
        return ProgramPlan(
            settings: settings, secrets: secrets,
            directory: PlatformSettings.executableDirectory(), environment: context.environment,
            isForPeople: true)
    }

    /// Those that the supervisor runs, in the order of their start.
    var programs: [PlatformProgram] {
        let embedded: [PlatformProgram] = settings.externalBrokers == nil ? [.broker] : []
        return embedded + [.sandbox] + PlatformProgram.withLog + [.gateway]
    }

    func supervised(_ program: PlatformProgram) -> SupervisedProgram {
        SupervisedProgram(process: specification(program), stage: program.stage)
    }

    func specification(_ program: PlatformProgram) -> ProcessSpecification {
        var arguments = ["\(directory)/\(program.executable ?? program.name)"]
        if program == .broker {
            arguments += ["broker", "--port", String(settings.port(.broker))]
        }
        return ProcessSpecification(
            name: program.name, arguments: arguments, environment: environment(of: program))
    }

    /// The environment of a program, `analytics` also for its subcommands.
    func environment(of program: PlatformProgram) -> [String: String] {
        var all = inherited()
        all["SOUK_HOME"] = settings.home
        all["SOUK_LOG_FORMAT"] = all["SOUK_LOG_FORMAT"] ?? (isForPeople ? "pretty" : "json")
        all["SOUK_SHUTDOWN_DEADLINE"] = all["SOUK_SHUTDOWN_DEADLINE"] ?? "2s"
        guard program.hasHTTP else { return all }
        all["SOUK_HTTP_PORT"] = String(settings.port(program))
        if program != .sandbox { addCommon(program, to: &all) }
        for (name, value) in own(program) {
            // Whoever sets a secret or its file himself wins.
            let stem = name.hasSuffix("_FILE") ? String(name.dropLast(5)) : name
            if environment[stem] == nil, environment[name] == nil { all[name] = value }
        }
        return all
    }

    private func inherited() -> [String: String] {
        let names: Set = ["PATH", "HOME", "LANG", "TZ", "LD_LIBRARY_PATH", "SSL_CERT_FILE"]
        let prefixes = ["SOUK_", "OTEL_", "KAFKA_", "LC_"]
        // What belongs to one program only must not reach all.
        let own: Set = [
            "SOUK_HTTP_PORT", "SOUK_SERVICE_KEY", "SOUK_SERVICE_KEY_FILE", "SOUK_DATABASE_SCHEMA",
        ]
        return environment.filter { name, _ in
            (names.contains(name) || prefixes.contains(where: name.hasPrefix))
                && !own.contains(name)
        }
    }

    private func addCommon(_ program: PlatformProgram, to all: inout [String: String]) {
        all["KAFKA_BOOTSTRAP_SERVERS"] = settings.bootstrapServers
        if settings.externalBrokers == nil {
            all["KAFKA_FETCH_WAIT_MS"] =
                all["KAFKA_FETCH_WAIT_MS"] ?? "\(EmbeddedBroker.fetchWaitMilliseconds)"
        }
        all["SOUK_SERVICE_KEY_FILE"] = secrets.serviceKey(program.name)
        all["SOUK_SERVICE_JWKS_FILE"] = secrets.serviceDirectory
        all["SOUK_JWKS_URL"] = settings.url(.user) + "/.well-known/jwks.json"
        all["SOUK_PUBLIC_URL"] = all["SOUK_PUBLIC_URL"] ?? settings.url(.gateway)
        // A line for every request would hide everything else.
        all["SOUK_LOG_REQUESTS"] = all["SOUK_LOG_REQUESTS"] ?? "false"
        for neighbour in PlatformProgram.withLog + [.gateway] {
            // Whoever puts something before a service, or runs it twice, says where it answers.
            let name = "SOUK_\(neighbour.name.uppercased())_URL"
            all[name] = environment[name] ?? settings.url(neighbour)
        }
        if program.hasLog { all["DATABASE_URL_FILE"] = secrets.databaseURL(program.name) }
    }

    private func own(_ program: PlatformProgram) -> [String: String] {
        switch program {
        case .user:
            [
                "SOUK_MASTER_KEY_FILE": secrets.masterKey,
                "SOUK_ADMIN_EMAIL": settings.adminEmail,
                "SOUK_ADMIN_PASSWORD_FILE": secrets.adminPassword,
                "SOUK_TRUSTED_PROXIES": "127.0.0.1/32",
            ]
        case .cashback:
            [
                "SOUK_CLICK_KEY_FILE": secrets.clickKey,
                "SOUK_NETWORK_KEYS_FILE": secrets.networkKeys,
            ]
        case .wallet:
            [
                "SOUK_PROVIDER_URL": settings.url(.sandbox),
                "SOUK_PROVIDER_KEY_FILE": secrets.providerKey,
                "SOUK_PROVIDER_WEBHOOK_SECRET_FILE": secrets.webhookSecret,
            ]
        case .gateway:
            [
                "SOUK_TRUSTED_PROXIES": "127.0.0.1/32", "SOUK_API_KEYS_FILE": secrets.partnerKeys,
            ]
        case .sandbox:
            [
                "SOUK_SANDBOX_DATA": settings.home + "/sandbox",
                "SOUK_SANDBOX_SMTP_PORT": String(settings.mailPort),
                "SOUK_SANDBOX_KEY_FILE": secrets.providerKey,
                "SOUK_SANDBOX_WEBHOOK_SECRET_FILE": secrets.webhookSecret,
                "SOUK_SANDBOX_WEBHOOK_URL": settings.url(.wallet) + "/webhooks/payments",
            ]
        case .notification:
            [
                "SOUK_SMTP_URL": environment["SOUK_SMTP_URL"]
                    ?? "smtp://127.0.0.1:\(settings.mailPort)",
                "SOUK_SMTP_FROM": environment["SOUK_SMTP_FROM"]
                    ?? "Souk <no-reply@souk.example>",
            ]
        case .cms:
            [
                "SOUK_MEDIA_DIRECTORY": settings.media,
                "SOUK_PREVIEW_KEY_FILE": secrets.previewKey,
            ]
        case .postgres, .broker, .catalog, .order, .analytics: [:]
        }
    }
}
