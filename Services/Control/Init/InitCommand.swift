internal import Database
internal import Runtime

/// `souk init`: what a platform in containers needs before its first start.
enum InitCommand {
    /// Where the superuser's connection comes from: it holds a password.
    static let database = ConfigurationKey<String>.string(
        "DATABASE_URL", help: "The database, as somebody who may make roles and schemas.",
        isSecret: true
    ).optional()

    static let command = Command(
        syntax: CommandSyntax(
            name: "init",
            summary: "Make the secrets, roles and schemas of a platform that others start.",
            details: """
                Makes every secret that is missing in SOUK_HOME/secrets, and in the database that
                DATABASE_URL names (or DATABASE_URL_FILE) a role and schemas for every service. Does
                nothing twice: run it again after an update. souk up does the same by itself; this is
                for containers:

                  SOUK_HOME=. DATABASE_URL=postgresql://postgres:…@postgres:5432/souk souk init
                """), run: run)

    private static func run(
        _ arguments: CommandArguments, _ context: CommandContext
    ) async throws -> Int32 {
        let configuration = try Configuration(
            environment: context.environment, keys: [.init(database)])
        guard let url = configuration[database] else {
            throw Complaint(
                "DATABASE_URL is not set: souk init makes roles and schemas there.",
                status: ExitStatus.configuration)
        }
        guard let place = DatabasePlace(url) else {
            throw Complaint(
                "DATABASE_URL is not of the form postgresql://user:password@host:port/database.",
                status: ExitStatus.configuration)
        }
        let secrets = Secrets(context.settings)
        try PlatformFiles.makeDirectory(context.settings.home)
        try secrets.make()
        let pool = DatabasePool(
            DatabaseConfiguration(url: url, applicationName: "souk init", connections: 1),
            loop: context.loop, logger: context.logger, metrics: Metrics())
        try await DatabaseSetup(pool: pool, secrets: secrets).run()
        await pool.close()
        for program in PlatformProgram.withLog {
            try secrets.writeDatabaseURL(of: program.name, at: place)
        }
        Terminal.write(
            "Secrets are in \(secrets.directory); \(PlatformProgram.withLog.count) services have "
                + "their roles and schemas at \(place).\n")
        return ExitStatus.success
    }
}
