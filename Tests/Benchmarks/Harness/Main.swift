import Runtime

@main struct Main {
    static func main() {
        Program.run { await BenchProgram.run(Program.arguments) }
    }
}
