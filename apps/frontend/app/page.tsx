import { headers } from 'next/headers';
import { read, type Course, type Enrolment, type Page, type Student } from '../lib/backend';
import { acceptTrace, traceHeader } from '../lib/trace';
import { createCourse, createEnrolment, createStudent } from './actions';
import { CreateForm } from './components/create_form';
import { HealthBadge } from './components/health_badge';
import { Table } from './components/table';

export const dynamic = 'force-dynamic';

export default async function Home() {
  const trace = acceptTrace((await headers()).get(traceHeader));
  const [students, courses, enrolments] = await Promise.all([
    read<Page<Student>>('/api/students?size=50', trace),
    read<Page<Course>>('/api/courses?size=50', trace),
    read<Page<Enrolment>>('/api/enrolments?size=50', trace),
  ]);
  return (
    <>
      <header>
        <h1>PAWS360</h1>
        <HealthBadge />
      </header>
      <main>
        <section aria-labelledby="students">
          <h2 id="students">Students</h2>
          <Table answer={students} columns={['Number', 'Name', 'E-mail']} row={(s) => [s.id, s.name, s.email]} />
          <CreateForm action={createStudent} title="New student" fields={[
            { name: 'name', label: 'Name', required: true, maxLength: 200 },
            { name: 'email', label: 'E-mail', type: 'email', required: true, maxLength: 254 },
          ]} />
        </section>
        <section aria-labelledby="courses">
          <h2 id="courses">Courses</h2>
          <Table answer={courses} columns={['Number', 'Code', 'Title', 'Places taken']}
            row={(c) => [c.id, c.code, c.title, `${c.enrolled} of ${c.capacity}`]} />
          <CreateForm action={createCourse} title="New course" fields={[
            { name: 'code', label: 'Code, like CS101', required: true, pattern: '[A-Z]{2,8}[0-9]{1,4}' },
            { name: 'title', label: 'Title', required: true, maxLength: 200 },
            { name: 'capacity', label: 'Places', type: 'number', required: true, min: 1, max: 10000 },
          ]} />
        </section>
        <section aria-labelledby="enrolments">
          <h2 id="enrolments">Enrolments</h2>
          <Table answer={enrolments} columns={['Number', 'Student', 'Course', 'Status']}
            row={(e) => [e.id, e.student_name, e.course_code, e.status]} />
          <CreateForm action={createEnrolment} title="New enrolment" fields={[
            { name: 'student_id', label: "Student's number", type: 'number', required: true, min: 1 },
            { name: 'course_id', label: "Course's number", type: 'number', required: true, min: 1 },
          ]} />
        </section>
      </main>
      <footer>
        <p>Trace id of this page: <code>{trace}</code></p>
      </footer>
    </>
  );
}
