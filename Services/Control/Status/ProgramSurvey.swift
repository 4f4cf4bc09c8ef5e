internal import Glibc
internal import HTTP
internal import JSON
internal import Runtime

/// What the programs say of themselves, and the kernel of those that run here.
struct ProgramSurvey: Sendable {
    /// How long a program may take for one answer.
    static let timeout: Duration = .milliseconds(1_500)
    static let bodyLimit = 4 << 20

    struct Answers: Sendable {
        var programs: [StatusReport.Program] = []
        var breakers: [StatusReport.Breaker] = []
        var disks: [StatusReport.Disk] = []
    }

    private struct Answer: Sendable {
        let program: StatusReport.Program
        var disk: StatusReport.Disk?
    }

    let deployment: Deployment
    let loop: EventLoop

    func ask() async -> Answers {
        let http = HTTPClient(loop: loop)
        var answers = Answers()
        var byName: [String: Answer] = [:]
        await withTaskGroup(of: Answer.self) { group in
            for program in deployment.programs {
                group.addTask { [self] in await ask(program, http) }
            }
            for await answer in group { byName[answer.program.name] = answer }
        }
        let ordered = deployment.programs.compactMap { byName[$0.name] }
        answers.programs = ordered.map(\.program)
        answers.disks = ownDisks() ?? Array(ordered.compactMap(\.disk))
        answers.breakers = await breakers(http)
        await http.close()
        return answers
    }

    private func ask(_ program: PlatformProgram, _ http: HTTPClient) async -> Answer {
        let known = deployment.record?.programs.first { $0.name == program.name }
        let process = known?.pid.flatMap { ProcessEntry($0) }
        var answer = StatusReport.Program(
            name: program.name, pid: process?.pid,
            state: state(process, isKnown: known != nil),
            uptime: process.map { Int($0.age.inSeconds) }, memory: process?.residentBytes,
            restarts: known?.restarts, address: deployment.address(program))
        guard let url = deployment.urls[program], process != nil || !deployment.isHere
        else { return Answer(program: answer) }
        async let readiness = get(url + "/readyz", http)
        async let measured = get(url + "/metrics", http)
        switch await readiness {
        case .success(let (status, text)):
            answer.ready = status == 200
            if status != 200 { answer.fault = Self.fault(status, text) }
        case .failure(let error):
            answer.ready = false
            answer.fault = error.sentence
        }
        var disk: StatusReport.Disk?
        if case .success((200, let text)) = await measured {
            let metrics = MetricsText(text)
            answer.lag = metrics.worst("souk_event_loop_lag_worst_seconds")
            if let free = metrics.worst("souk_disk_free_bytes"),
                let size = metrics.worst("souk_disk_size_bytes")
            {
                disk = .init(place: program.name, free: Int(free), size: Int(size))
            }
        }
        return Answer(program: answer, disk: disk)
    }

    /// Why there was no answer, in words.
    private struct NoAnswer: Error {
        let sentence: String
    }

    private func get(
        _ url: String, _ http: HTTPClient
    ) async -> Result<(Int, String), NoAnswer> {
        do {
            let response = try await http.send(
                HTTPClientRequest(.get, url, timeout: Self.timeout))
            let body = try await response.body.collect(upTo: Self.bodyLimit)
            return .success((response.status.code, String(decoding: body, as: UTF8.self)))
        } catch let error as HTTPClientError where error.code == .timedOut {
            let limit = Self.timeout.inMilliseconds
            return .failure(NoAnswer(sentence: "no answer within \(limit) ms"))
        } catch {
            return .failure(NoAnswer(sentence: "\(error)"))
        }
    }

    private func state(
        _ process: ProcessEntry?, isKnown: Bool
    ) -> StatusReport.Program.State {
        if let process { return process.isHalted ? .halted : .running }
        if !deployment.isHere { return deployment.isKnown ? .elsewhere : .stopped }
        return isKnown ? .restarting : .starting
    }

    /// Of the lines of `/readyz`, those that say what is wrong.
    static func fault(_ status: Int, _ text: String) -> String {
        let lines = text.split(separator: "\n").filter { !$0.hasSuffix(" ok") }
        return lines.isEmpty ? "it answers with \(status)" : lines.joined(separator: "; ")
    }

    // MARK: Circuit breakers

    private struct Platform: Decodable {
        struct Replica: Decodable { let breaker: String }
        struct Service: Decodable {
            let name: String
            let replicas: [Replica]
        }
        let services: [Service]
    }

    private func breakers(_ http: HTTPClient) async -> [StatusReport.Breaker] {
        guard let url = deployment.urls[.gateway],
            case .success((200, let text)) = await get(url + "/api/v1/platform", http),
            let platform = try? JSON.decode(Platform.self, from: text)
        else { return [] }
        return platform.services.flatMap { service in
            service.replicas.enumerated().filter { $0.element.breaker != "closed" }.map {
                .init(service: service.name, replica: $0.offset, state: $0.element.breaker)
            }
        }
    }

    // MARK: Disks

    /// The file systems of the platform that runs here; nil for one elsewhere.
    private func ownDisks() -> [StatusReport.Disk]? {
        guard deployment.isHere else { return nil }
        return PlatformFiles.room(at: deployment.settings.home).map {
            [.init(place: deployment.settings.home, free: $0.free, size: $0.size)]
        }
    }
}

extension Deployment {
    /// Those that are looked at.
    var programs: [PlatformProgram] {
        PlatformProgram.allCases.filter { program in
            if isElsewhere { return urls[program] != nil }
            return program != .broker || settings.externalBrokers == nil
        }
    }

    /// Whether the environment names one that `souk up` does not run here.
    private var isElsewhere: Bool { !isHere && isKnown }

    func address(_ program: PlatformProgram) -> String? {
        urls[program] ?? (isElsewhere ? nil : "127.0.0.1:\(settings.port(program))")
    }
}
