from django.db import migrations, models

from apps.peers.certificates import common_name


def fill(apps, _editor):
    for peer in apps.get_model('peers', 'Peer').objects.exclude(certificate='').only('certificate'):
        try:
            peer.certificate_name = common_name(peer.certificate)
        except ValueError:
            continue
        peer.save(update_fields=['certificate_name'])


class Migration(migrations.Migration):

    dependencies = [
        ('peers', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='peer',
            name='certificate_name',
            field=models.TextField(blank=True, help_text="common name of the certificate's subject"),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
