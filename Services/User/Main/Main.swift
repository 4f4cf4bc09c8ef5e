internal import ServiceKit
internal import UserService

@main struct Main {
    static func main() { ServiceMain.run(UserService.self) }
}
