from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "sameboat.ground.people"
    label = "people"

    def ready(self) -> None:
        from sameboat.ground.people.sign_in import connect_journal

        connect_journal()
